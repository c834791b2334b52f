/** The values of an asset, from the derivative `values` (docs/derivatives.md). */
import { decodePng } from './png'
import { fullWindow, type Values, type VoiWindow } from './window'

interface Scale {
  slope: number
  intercept: number
  is_inverted: boolean
  window: VoiWindow | null
}

/** Return the values of a file. Rejects for another kind of file. */
export async function readValues(file: ArrayBuffer): Promise<Values> {
  const { width, height, samples, texts } = await decodePng(file)
  const told = texts.get('foveal:values')
  if (!told) throw new Error('This PNG has no scale of values.')
  const { slope, intercept, is_inverted: isInverted, window } = JSON.parse(told) as Scale
  const full = fullWindow(samples, slope, intercept)
  return { width, height, samples, slope, intercept, isInverted, window: window ?? undefined, full }
}
