/** Window of a grey DICOM picture: the one chosen, the values it needs, and whether drags and arrows change it. */
import type { Asset } from '@foveal/client'
import { useQuery } from '@tanstack/react-query'
import { useEffect, useRef, useState } from 'react'
import { useApp } from '../../app/context'
import type { ViewerState } from '../address'
import { frameQuery } from '../video/frame-file'
import {
  adjusted,
  type Choice,
  type ChosenWindow,
  formatWindow,
  presetOf,
  presetsOf,
  resolved,
  type Values,
  type VoiWindow,
  windowOf,
} from './window'

/** Time after the last change until it is in the address: browsers refuse to write one at every movement. */
const SETTLED_MS = 250

export interface Windowing {
  /** Undefined for the picture as the server shows it. */
  chosen: ChosenWindow | undefined
  /** The window on display, once the values are there. */
  window: VoiWindow | undefined
  /** The numbers of the window on display, also of the file's own; undefined for one without. */
  numbers: VoiWindow | undefined
  values: Values | undefined
  /** Whether the values are those of the frame before. */
  isLate: boolean
  error: Error | null
  retry: () => void
  isCt: boolean
  /** Whether drags and arrow keys change the window. */
  isAdjusting: boolean
  setAdjusting: (isAdjusting: boolean) => void
  choose: (chosen: ChosenWindow | undefined) => void
  /** Change the window by CSS pixels to the right and down. */
  adjust: (by: readonly [number, number]) => void
  /** Choose the preset after the present one. */
  next: () => void
}

/** Tell whether an asset has values that can be windowed. */
export function hasWindow({ format, media_type: media, colour_space: colours, status }: Asset): boolean {
  return format === 'dicom' && media === 'image' && colours === 'gray' && status === 'ready'
}

/** Return the first window that a file names. */
function fileWindow({ dicom }: Asset): VoiWindow | undefined {
  const first = (value: unknown): unknown => (Array.isArray(value) ? value[0] : value)
  const [center, width] = [first(dicom?.window_center), first(dicom?.window_width)]
  return typeof center === 'number' && typeof width === 'number' ? { center, width } : undefined
}

async function read(file: Blob): Promise<Values> {
  const [{ readValues }, content] = await Promise.all([import('./load'), file.arrayBuffer()])
  return readValues(content)
}

export function useWindowing(
  asset: Asset,
  frame: number,
  state: ViewerState,
  change: (changes: Partial<ViewerState>) => void,
): Windowing | undefined {
  const { bytes } = useApp()
  const [chosen, setChosen] = useState(state.window)
  const [isAdjusting, setAdjusting] = useState(false)
  const latest = useRef(chosen)
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  const isWindowed = hasWindow(asset)
  const isWanted = isWindowed && (chosen !== undefined || isAdjusting)
  const { data, error, refetch, isPlaceholderData } = useQuery({
    ...frameQuery(bytes, asset, frame, 'values', read),
    enabled: isWanted,
  })

  // Another address was opened, by the buttons of the browser or a link.
  const written = state.window && formatWindow(state.window)
  const own = useRef(written)
  useEffect(() => {
    if (written === own.current) return
    own.current = written
    latest.current = state.window
    setChosen(state.window)
  }, [written, state.window])
  useEffect(() => () => clearTimeout(timer.current), [])

  const choose = (next: ChosenWindow | undefined): void => {
    latest.current = next
    setChosen(next)
    clearTimeout(timer.current)
    timer.current = setTimeout(() => {
      own.current = next && formatWindow(next)
      change({ window: next })
    }, SETTLED_MS)
  }
  if (!isWindowed) return undefined
  const window = data && chosen !== undefined ? resolved(chosen, data) : undefined
  const isCt = asset.dicom?.modality === 'CT'
  return {
    ...{ chosen, error, isAdjusting, setAdjusting, choose, isCt },
    values: data,
    isLate: isPlaceholderData,
    window,
    numbers: window ?? (chosen === 'full' ? undefined : (chosen ?? fileWindow(asset))),
    retry: () => void refetch(),
    adjust: (by) => {
      if (data) choose(adjusted(resolved(latest.current, data), by, data))
    },
    next: () => {
      const order = presetsOf(isCt)
      const at = order.indexOf(presetOf(latest.current) as Choice) // -1 for one of the person's own
      choose(windowOf(order[(at + 1) % order.length] ?? 'default'))
    },
  }
}
