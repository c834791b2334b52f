/** Which frames the `support` of a temporal annotation covers. Port of `foveal/render/draw/temporal.py`. */
import type { Annotation } from '../annotation'

const TOLERANCE_SECONDS = 1e-6

export interface FrameFacts {
  frame_rate?: { num: number; den: number } | null
  frame_count?: number | null
  duration_seconds?: number | null
}

/** Return whether a support covers a frame, counted from 0; both of its ends belong to it. */
export function covers(support: NonNullable<Annotation['support']>, frame: number, asset: FrameFacts): boolean {
  const { first, last, start_seconds: start, end_seconds: end } = support
  if (typeof first === 'number' && typeof last === 'number') return first <= frame && frame <= last
  const at = displaySeconds(asset, frame)
  if (typeof start !== 'number' || typeof end !== 'number' || at === undefined) return false
  return start - TOLERANCE_SECONDS <= at && at <= end + TOLERANCE_SECONDS
}

/** Return the display time of a frame in seconds from the first frame, undefined for an unknown frame rate. */
export function displaySeconds(asset: FrameFacts, frame: number): number | undefined {
  const { frame_rate: rate, frame_count: count, duration_seconds: duration } = asset
  if (rate?.num && rate.den) return (frame * rate.den) / rate.num
  return count && duration ? (frame * duration) / count : undefined
}
