/** Windows of grey DICOM values: which values are black, which are white (DICOM PS3.3 C.11.2). */

/** What makes a grey of a value (C.11.2.1.2 and C.11.2.1.3). */
export type VoiFunction = 'LINEAR' | 'LINEAR_EXACT' | 'SIGMOID'

export interface VoiWindow {
  center: number
  /** At least 1. */
  width: number
  /** Linear where it is left out. */
  function?: VoiFunction
}

/** A window, or that from the least value of a picture to its greatest. */
export type ChosenWindow = VoiWindow | 'full'

/** The values of a picture: `intercept + slope * sample`. */
export interface Values {
  width: number
  height: number
  samples: Uint16Array
  slope: number
  intercept: number
  /** Whether the least value is white (MONOCHROME1). */
  isInverted: boolean
  /** The first window of the file. */
  window: VoiWindow | undefined
  full: VoiWindow
}

export const PRESETS = ['lung', 'bone', 'brain', 'softTissue'] as const
export type Preset = (typeof PRESETS)[number]
export type Choice = Preset | 'default' | 'full'
/** Windows of computed tomography in Hounsfield units, as they are common in radiology. */
export const PRESET_WINDOWS: Readonly<Record<Preset, VoiWindow>> = {
  lung: { center: -600, width: 1500 },
  bone: { center: 400, width: 1800 },
  brain: { center: 40, width: 80 },
  softTissue: { center: 50, width: 400 },
}

const WHITE = 255
const SAMPLES = 0x10000
/** Pixels of a drag that change a window by the whole span of the values. */
const DRAG_PIXELS = 1000
/** Spans below this have windows with decimals. */
const MIN_WHOLE_SPAN = 200

/** Return what a value is shown as, 0 black to 255 white, unrounded. */
export function windowed(value: number, { center, width, function: by }: VoiWindow): number {
  if (by === 'SIGMOID') return WHITE / (1 + Math.exp((-4 * (value - center)) / width))
  if (by === 'LINEAR_EXACT') {
    if (value <= center - width / 2) return 0
    return value > center + width / 2 ? WHITE : ((value - (center - width / 2)) * WHITE) / width
  }
  if (value <= center - 0.5 - (width - 1) / 2) return 0
  if (value > center - 0.5 + (width - 1) / 2) return WHITE
  return ((value - (center - 0.5)) / (width - 1) + 0.5) * WHITE
}

/** Return the grey of each sample, 0 to 255. */
export function lookupTable({ slope, intercept, isInverted }: Values, window: VoiWindow): Uint8Array {
  const table = new Uint8Array(SAMPLES)
  for (let sample = 0; sample < SAMPLES; sample += 1) {
    const grey = Math.floor(windowed(intercept + slope * sample, window) + 0.5)
    table[sample] = isInverted ? WHITE - grey : grey
  }
  return table
}

/** Write the pixels of values through a window, as RGBA. */
export function paintValues(values: Values, window: VoiWindow, pixels: Uint8ClampedArray): void {
  const table = lookupTable(values, window)
  const { samples } = values
  for (let at = 0; at < samples.length; at += 1) {
    const grey = table[samples[at] as number] as number
    pixels[4 * at] = pixels[4 * at + 1] = pixels[4 * at + 2] = grey
    pixels[4 * at + 3] = 255
  }
}

/** Return the window in which the least value is black and the greatest white. */
export function fullWindow(samples: Uint16Array, slope: number, intercept: number): VoiWindow {
  let [least, greatest] = [SAMPLES, 0]
  for (const sample of samples) {
    if (sample < least) least = sample
    if (sample > greatest) greatest = sample
  }
  const ends = [intercept + slope * least, intercept + slope * greatest]
  const [low, high] = [Math.min(...ends), Math.max(...ends)]
  return { center: (low + high + 1) / 2, width: high - low + 1 }
}

/** Return the window that values are shown with: by the function of the file, the full range linearly. */
export function resolved(chosen: ChosenWindow | undefined, { window: ofFile, full }: Values): VoiWindow {
  if (chosen === 'full') return full
  return { ...full, ...ofFile, ...chosen }
}

/** Return a window after a drag by CSS pixels: to the right wider, upwards brighter. */
export function adjusted(
  window: VoiWindow,
  [x, y]: readonly [number, number],
  { full, isInverted }: Values,
): VoiWindow {
  const step = full.width / DRAG_PIXELS
  const places = full.width >= MIN_WHOLE_SPAN ? 1 : 100
  const round = (value: number): number => Math.round(value * places) / places
  const brighter = isInverted ? -y : y
  return {
    ...window,
    center: round(window.center + brighter * step),
    width: Math.max(1, round(window.width + x * step)),
  }
}

/** Return what is offered in order: numbers of tomography only for it, because others have no Hounsfield units. */
export function presetsOf(isCt: boolean): Choice[] {
  return ['default', 'full', ...(isCt ? PRESETS : [])]
}

export function windowOf(choice: Choice): ChosenWindow | undefined {
  if (choice === 'default') return undefined
  return choice === 'full' ? choice : PRESET_WINDOWS[choice]
}

/** Return the name of a chosen window, undefined for one of the person's own. */
export function presetOf(chosen: ChosenWindow | undefined): Choice | undefined {
  if (chosen === undefined) return 'default'
  if (chosen === 'full') return 'full'
  return PRESETS.find((each) => {
    const { center, width } = PRESET_WINDOWS[each]
    return center === chosen.center && width === chosen.width
  })
}

/** Read a window from an address, `center,width` or `full`; undefined for what is none. */
export function parseWindow(text: unknown): ChosenWindow | undefined {
  if (text === 'full') return text
  const [center, width, ...more] = String(text ?? '')
    .split(',')
    .map((part) => (part.trim() ? Number(part) : Number.NaN))
  if (more.length || !Number.isFinite(center) || !Number.isFinite(width) || Number(width) < 1) return undefined
  return { center: Number(center), width: Number(width) }
}

/** Return a window as it stands in an address. */
export function formatWindow(chosen: ChosenWindow): string {
  return chosen === 'full' ? chosen : `${chosen.center},${chosen.width}`
}
