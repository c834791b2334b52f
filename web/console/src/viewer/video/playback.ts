/** Playback of a video by frames: frames are numbers from 0 in the order of their display times. */
import type { Asset, Client } from '@foveal/client'
import { useQuery } from '@tanstack/react-query'
import { useCallback, useEffect, useMemo, useRef, useState } from 'react'
import { useApp } from '../../app/context'
import { evenTimes, type FrameTimes, frameAt, timeOf } from './frames'

interface FramesAnswer {
  /** First display time, then differences to the one before, in ticks. */
  ticks?: number[]
  timescale?: number
}

/** Return the exact times of the frames, once the API tells them; the even ones until then. */
export function useFrameTimes(asset: Asset): FrameTimes | undefined {
  const { client } = useApp()
  const even = useMemo(() => evenTimes(asset), [asset])
  const { data } = useQuery({
    queryKey: ['frames', asset.asset_id],
    queryFn: ({ signal }) => exactTimes(client, asset.asset_id, signal),
    enabled: asset.media_type === 'video',
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  })
  return data ?? even
}

async function exactTimes(client: Client, assetId: string, signal: AbortSignal): Promise<FrameTimes | null> {
  try {
    const route = 'GET /v1/assets/{asset_id}/frames' as never
    const found = (await client.request(route, { path: { asset_id: assetId }, signal } as never)) as FramesAnswer
    if (!found.ticks?.length || !found.timescale) return null
    let at = -(found.ticks[0] as number)
    const seconds = Float64Array.from(found.ticks, (difference) => {
      at += difference
      return at / (found.timescale as number)
    })
    return { seconds, isApproximate: false }
  } catch {
    return null // a stage without the route: the times of the frame rate are marked as approximate
  }
}

export interface Playback {
  video: { current: HTMLVideoElement | null }
  frame: number
  count: number
  isPlaying: boolean
  isApproximate: boolean
  /** Pause on a frame. */
  seek: (frame: number) => void
  toggle: () => void
}

/** Keep a video element and a frame number together: while it plays the element leads, else the number does. */
export function usePlayback(
  times: FrameTimes | undefined,
  start: number,
  onSettled: (frame: number) => void,
): Playback {
  const video = useRef<HTMLVideoElement>(null)
  const [frame, setFrame] = useState(start)
  const [isPlaying, setPlaying] = useState(false)
  const count = times?.seconds.length ?? 0
  const settled = useRef(onSettled)
  settled.current = onSettled
  const first = useRef(start)

  const seek = useCallback(
    (to: number) => {
      const element = video.current
      const next = Math.min(count - 1, Math.max(0, Math.round(to)))
      if (!times || !Number.isFinite(next)) return
      element?.pause()
      setFrame(next)
      settled.current(next)
      if (element) element.currentTime = timeOf(times, next)
    },
    [times, count],
  )
  const toggle = useCallback(() => {
    const element = video.current
    if (!element) return
    if (element.paused) void element.play().catch(() => setPlaying(false))
    else element.pause()
  }, [])

  useEffect(() => {
    const element = video.current
    if (!element || !times) return
    let handle = 0
    const shown = (_: number, { mediaTime }: VideoFrameCallbackMetadata): void => {
      if (!element.paused) setFrame(frameAt(times, mediaTime))
      handle = element.requestVideoFrameCallback(shown)
    }
    const playing = (): void => setPlaying(true)
    const paused = (): void => {
      setPlaying(false)
      // The element stops between two callbacks: settle on the frame that is on display.
      const at = frameAt(times, element.currentTime)
      setFrame(at)
      settled.current(at)
    }
    const loaded = (): void => {
      element.currentTime = timeOf(times, first.current)
    }
    handle = element.requestVideoFrameCallback(shown)
    element.addEventListener('play', playing)
    element.addEventListener('pause', paused)
    element.addEventListener('loadedmetadata', loaded, { once: true })
    if (element.readyState > 0) loaded()
    return () => {
      element.cancelVideoFrameCallback(handle)
      element.removeEventListener('play', playing)
      element.removeEventListener('pause', paused)
      element.removeEventListener('loadedmetadata', loaded)
    }
  }, [times])
  return { video, frame, count, isPlaying, isApproximate: times?.isApproximate ?? true, seek, toggle }
}
