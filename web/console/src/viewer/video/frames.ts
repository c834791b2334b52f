/** Frames of a video, or of a DICOM picture of several, by their display times. */
import type { Asset } from '@foveal/client'

/** Display times of all frames in seconds from the first one, ascending. */
export interface FrameTimes {
  seconds: readonly number[] | Float64Array
  /** Whether the times are made from the frame rate, because the exact ones are not known. */
  isApproximate: boolean
}

/** Return times of a constant frame rate; undefined where rate or number of frames is not known. */
export function evenTimes(
  asset: Pick<Asset, 'frame_rate' | 'frame_count' | 'duration_seconds'>,
): FrameTimes | undefined {
  const { frame_rate: rate, frame_count: count, duration_seconds: duration } = asset
  const each = rate?.num && rate.den ? rate.den / rate.num : count && duration ? duration / count : undefined
  const frames = count ?? (duration && each ? Math.round(duration / each) : undefined)
  if (!each || !frames) return undefined
  return { seconds: Float64Array.from({ length: frames }, (_, at) => at * each), isApproximate: true }
}

/** Tell whether a picture has frames that the server shows one by one. */
export const isSeries = ({ format, media_type: media, frame_count: count }: Asset): boolean =>
  format === 'dicom' && media === 'image' && (count ?? 1) > 1

/** Return times of a series: their numbers, where no rate is known. */
export function seriesTimes({
  frame_count: count,
  frame_rate: rate,
}: Pick<Asset, 'frame_count' | 'frame_rate'>): FrameTimes {
  const each = rate?.num ? rate.den / rate.num : 1
  return { seconds: Float64Array.from({ length: count ?? 1 }, (_, at) => at * each), isApproximate: false }
}

/** Return the frame that is on display at a time: the last one that is not later. */
export function frameAt({ seconds }: FrameTimes, time: number): number {
  let [low, high] = [0, seconds.length - 1]
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if ((seconds[middle] as number) <= time + TOLERANCE) low = middle
    else high = middle - 1
  }
  return low
}

/** Return the frame that begins at a time; undefined where none does. */
export function frameNear({ seconds }: FrameTimes, time: number): number | undefined {
  const at = frameAt({ seconds, isApproximate: false }, time)
  const distance = (frame: number): number => Math.abs((seconds[frame] ?? Number.POSITIVE_INFINITY) - time)
  const [nearest = at] = [at - 1, at, at + 1].sort((one, other) => distance(one) - distance(other))
  return distance(nearest) <= SAME ? nearest : undefined
}

/**
 * Return a time at which a frame is certainly on display: right after its beginning.
 *
 * Not its middle: Chromium takes the length of a frame from the order of decoding, which can be a single tick with
 * B-frames around it, and shows the next frame once that is over.
 */
export function timeOf({ seconds }: FrameTimes, frame: number): number {
  const at = seconds[frame] ?? 0
  const next = seconds[frame + 1]
  return next === undefined ? at + AFTER : at + Math.min(AFTER, (next - at) / 2)
}

/** Players report times in steps of a microsecond, containers in ticks. */
const TOLERANCE = 1e-4
/** Seconds that two roundings of the same time lie apart at most; a tick of the usual time bases is longer. */
const SAME = 5e-6
/** Seconds behind the beginning of a frame: more than the microsecond to which browsers round, less than a tick. */
const AFTER = 5e-6

/** Table of a video's frames as the API gives it (docs/derivatives.md, "Frames of a video"). */
export interface FrameTable {
  time_base: { num: number; den: number }
  frame_count: number
  /** When frame 0 is presented, in units of the time base. */
  first: number
  /** Pairs of a number of frames and the time after which each of them follows the one before. */
  runs: readonly (readonly [number, number])[]
}

/** Return the exact times of a table, counted from its time base as the file does. */
export function exactTimes({ time_base: base, frame_count: count, first, runs }: FrameTable): FrameTimes {
  const seconds = new Float64Array(count)
  let [at, ticks] = [0, first]
  seconds[at] = (ticks * base.num) / base.den
  for (const [frames, after] of runs) {
    for (let step = 0; step < frames; step += 1) {
      at += 1
      ticks += after
      seconds[at] = (ticks * base.num) / base.den
    }
  }
  return { seconds, isApproximate: false }
}
