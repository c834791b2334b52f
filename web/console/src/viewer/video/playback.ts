/** Playback of a video by frames: frames are numbers from 0 in the order of their display times. */
import { ApiError, type Asset } from '@foveal/client'
import { useFoveal } from '@foveal/client/react'
import { useQuery } from '@tanstack/react-query'
import { useCallback, useEffect, useMemo, useRef, useState } from 'react'
import { readFile } from '../../app/read-file'
import {
  evenTimes,
  exactTimes,
  type FrameTable,
  type FrameTimes,
  frameAt,
  isSeries,
  seriesTimes,
  timeOf,
} from './frames'

/** Return the exact times of the frames, once the API tells them; the even ones until then. */
export function useFrameTimes(asset: Asset): FrameTimes | undefined {
  const { signer } = useFoveal()
  const { frame_rate: rate, frame_count: count, duration_seconds: duration } = asset
  const isSeveral = isSeries(asset)
  const even = useMemo(() => {
    const facts = { frame_count: count ?? null, ...(rate ? { frame_rate: rate } : {}) }
    return isSeveral ? seriesTimes(facts) : evenTimes({ ...facts, duration_seconds: duration ?? null })
  }, [isSeveral, rate, count, duration])
  const { data } = useQuery({
    queryKey: ['frames', asset.asset_id],
    queryFn: async ({ signal }) => {
      const { url } = await signer.sign(asset.asset_id, 'frames')
      return exactTimes(await readFile<FrameTable>(url, (answer) => answer.json(), { signal }))
    },
    enabled: asset.media_type === 'video',
    staleTime: Number.POSITIVE_INFINITY,
    // The table of a long video is made behind the first answer.
    retry: (failures, error) => failures < 20 && error instanceof ApiError && error.code === 'RenditionNotReady',
    retryDelay: (failures) => Math.min(MAX_WAIT_MS, MIN_WAIT_MS * 2 ** failures),
  })
  return data ?? even
}

const MIN_WAIT_MS = 200
const MAX_WAIT_MS = 2_000

export interface Playback {
  video: { current: HTMLVideoElement | null }
  frame: number
  count: number
  /** Of the frame, from the first one. */
  seconds: number | undefined
  isPlaying: boolean
  isApproximate: boolean
  /** Whether exact pictures are shown while it is paused, so that the element need not be on the frame. */
  isExact: boolean
  setExact: (isExact: boolean) => void
  /** Pause on a frame. */
  seek: (frame: number) => void
  toggle: () => void
}

/** Frames before the one that is asked for, from which it is approached. */
const RUN_UP = 6
/** Speed of the approach: the pause comes before the next frame does. */
const SLOW = 0.25

/** Return the seconds that an element's time is ahead of the table's. */
const aheadOf = ({ seconds }: FrameTimes, zero: number | undefined): number =>
  zero === undefined ? 0 : zero - (seconds[0] as number)

/**
 * Keep a video element and a frame number together: while it plays the element leads, else the number does.
 *
 * Without an element that plays (`isUnplayable`), a clock leads over exact pictures.
 */
export function usePlayback(
  times: FrameTimes | undefined,
  start: number,
  onSettled: (frame: number) => void,
  isUnplayable: boolean,
): Playback {
  const video = useRef<HTMLVideoElement>(null)
  const [frame, setFrame] = useState(start)
  const [isPlaying, setPlaying] = useState(false)
  const count = times?.seconds.length ?? 0
  const settled = useRef(onSettled)
  settled.current = onSettled
  const first = useRef(start)
  /** Time at which the element shows frame 0: elements count from the beginning of the earliest track. */
  const zero = useRef<number>(undefined)
  /** Frame that was asked for last, and how far the way to it is. */
  const wanted = useRef<number>(undefined)
  const approach = useRef<'none' | 'back' | 'slow' | 'done'>('none')
  const [isExact, setExact] = useState(false)
  const exact = useRef(false)
  exact.current = isExact
  const shownFrame = useRef(start)
  shownFrame.current = frame

  const seek = useCallback(
    (to: number) => {
      const element = video.current
      const next = Math.min(count - 1, Math.max(0, Math.round(to)))
      if (!times || !Number.isFinite(next)) return
      element?.pause()
      if (element) element.playbackRate = 1
      setPlaying(false)
      setFrame(next)
      settled.current(next)
      wanted.current = next
      approach.current = 'none'
      if (element && !exact.current) element.currentTime = timeOf(times, next) + aheadOf(times, zero.current)
    },
    [times, count],
  )
  const toggle = useCallback(() => {
    const element = video.current
    wanted.current = undefined
    approach.current = 'none'
    if (!element) {
      if (exact.current) setPlaying((before) => !before)
      return
    }
    element.playbackRate = 1
    if (!element.paused) {
      element.pause()
      return
    }
    if (times && exact.current) element.currentTime = timeOf(times, shownFrame.current) + aheadOf(times, zero.current)
    void element.play().catch(() => setPlaying(false))
  }, [times])

  useEffect(() => {
    if (!isUnplayable || !isPlaying || !times) return
    const [began, from] = [performance.now(), times.seconds[shownFrame.current] as number]
    const last = times.seconds.length - 1
    const tick = (now: number): void => {
      const at = frameAt(times, from + (now - began) / 1000)
      setFrame(at)
      if (at < last) handle = requestAnimationFrame(tick)
      else setPlaying(false)
    }
    let handle = requestAnimationFrame(tick)
    return () => {
      cancelAnimationFrame(handle)
      settled.current(shownFrame.current)
    }
  }, [isUnplayable, isPlaying, times])
  useEffect(() => {
    if (isUnplayable) setPlaying(false)
  }, [isUnplayable])

  useEffect(() => {
    const element = video.current
    if (!element || !times) return
    let handle = 0
    const begin = (mediaTime: number): void => {
      zero.current = mediaTime
      wanted.current ??= first.current
      if (wanted.current > 0) element.currentTime = timeOf(times, wanted.current) + aheadOf(times, mediaTime)
    }
    // The exact times have come after the even ones: the frame that is asked for lies elsewhere.
    if (zero.current !== undefined && wanted.current !== undefined && !exact.current)
      element.currentTime = timeOf(times, wanted.current) + aheadOf(times, zero.current)
    // Chromium seeks by the order of decoding: of the frames just before a key frame it shows the key frame instead.
    // These are reached from some frames before, slowly.
    const approachFrom = (at: number, to: number): void => {
      if (exact.current) return
      if (approach.current === 'none' && at > to) {
        approach.current = 'back'
        element.currentTime = timeOf(times, Math.max(0, to - RUN_UP)) + aheadOf(times, zero.current)
      } else if (approach.current === 'back' && at < to) {
        approach.current = 'slow'
        element.playbackRate = SLOW
        void element.play().catch(() => {})
      } else if (approach.current === 'slow' && at >= to) {
        approach.current = 'done'
        element.pause()
        element.playbackRate = 1
      }
    }
    const shown = (_: number, { mediaTime }: VideoFrameCallbackMetadata): void => {
      if (zero.current === undefined) begin(mediaTime)
      const at = frameAt(times, mediaTime - aheadOf(times, zero.current))
      if (wanted.current !== undefined) approachFrom(at, wanted.current)
      else if (!element.paused) setFrame(at)
      handle = element.requestVideoFrameCallback(shown)
    }
    const playing = (): void => setPlaying(wanted.current === undefined)
    const paused = (): void => {
      setPlaying(false)
      if (wanted.current !== undefined) return
      // The element stops between two callbacks: settle on the frame that is on display.
      const at = frameAt(times, element.currentTime - aheadOf(times, zero.current))
      setFrame(at)
      settled.current(at)
    }
    // A frame that is on display already is not told once more.
    const sought = (): void => {
      if (approach.current !== 'back' || element.seeking || wanted.current === undefined) return
      approachFrom(frameAt(times, element.currentTime - aheadOf(times, zero.current)), wanted.current)
    }
    handle = element.requestVideoFrameCallback(shown)
    element.addEventListener('seeked', sought)
    element.addEventListener('play', playing)
    element.addEventListener('pause', paused)
    return () => {
      element.cancelVideoFrameCallback(handle)
      element.removeEventListener('seeked', sought)
      element.removeEventListener('play', playing)
      element.removeEventListener('pause', paused)
    }
  }, [times])
  const isApproximate = times?.isApproximate ?? true
  const seconds = times && (times.seconds[frame] as number) - (times.seconds[0] as number)
  return { video, frame, count, seconds, isPlaying, isApproximate, isExact, setExact, seek, toggle }
}
