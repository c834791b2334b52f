/** State of the viewer in its address: the selected annotation, the frame, and what is drawn. */
import { COLOUR_MODES, type ColourMode } from '../drawing'
import { type ChosenWindow, formatWindow, parseWindow } from './windowing/window'

export interface ViewerState {
  selected: string | undefined
  frame: number | undefined
  /** Layers that are not drawn. */
  hiddenLayers: readonly string[]
  minConfidence: number
  mode: ColourMode
  /** Of a grey DICOM picture; undefined as the file is shown at first. */
  window?: ChosenWindow | undefined
}

type Parameters = Record<string, unknown>

/** Return the state that an address names; what it cannot mean is left out. */
export function readAddress(search: Parameters): ViewerState {
  const frame = Number(search.frame)
  const least = Number(search.min)
  return {
    selected: search.ann === undefined ? undefined : String(search.ann),
    frame: search.frame !== undefined && Number.isInteger(frame) && frame >= 0 ? frame : undefined,
    hiddenLayers: search.hide === undefined ? [] : String(search.hide).split(',').filter(Boolean),
    minConfidence: least > 0 && least <= 1 ? least : 0,
    mode: COLOUR_MODES.find((mode) => mode === search.colour) ?? 'label',
    window: parseWindow(search.window),
  }
}

/** Return the parameters of an address for a state; what is as usual is left out. */
export function writeAddress(state: ViewerState): Parameters {
  return {
    ...(state.selected ? { ann: state.selected } : {}),
    ...(state.frame ? { frame: state.frame } : {}),
    ...(state.hiddenLayers.length ? { hide: state.hiddenLayers.join(',') } : {}),
    ...(state.minConfidence ? { min: state.minConfidence } : {}),
    ...(state.mode === 'label' ? {} : { colour: state.mode }),
    ...(state.window ? { window: formatWindow(state.window) } : {}),
  }
}
