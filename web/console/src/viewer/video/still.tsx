/** The exact picture of the frame that a paused video stands on, above the video element. */
import { type ReactElement, useEffect, useRef, useState } from 'react'
import type { Size } from '../../drawing'
import type { FrameTimes } from './frames'
import styles from './player.module.css'
import type { FrameReader } from './reader'

export interface StillProps {
  url: string
  times: FrameTimes
  size: Size
  frame: number
  /** Whether the element plays, and its pictures are shown. */
  isHidden: boolean
  /** Called when pictures of frames can be had, and when they cannot any more. */
  onReady: (isReady: boolean) => void
}

export function Still({ url, times, size, frame, isHidden, onReady }: StillProps): ReactElement {
  const canvas = useRef<HTMLCanvasElement>(null)
  const [reader, setReader] = useState<FrameReader>()
  const [shown, setShown] = useState<number>()
  const [width, height] = size
  const wanted = useRef(frame)
  const isBusy = useRef(false)
  wanted.current = frame

  useEffect(() => {
    let opened: FrameReader | undefined
    let isCurrent = true
    const open = async (): Promise<void> => {
      const { FrameReader } = await import('./reader')
      opened = await FrameReader.open(url, times, [width, height])
      if (!isCurrent) opened?.close()
      else setReader(opened)
    }
    open().catch((error: unknown) => console.warn('Frames are shown by the video element alone.', error))
    return () => {
      isCurrent = false
      opened?.close()
      setReader(undefined)
    }
  }, [url, times, width, height])
  useEffect(() => onReady(reader !== undefined), [reader, onReady])

  // biome-ignore lint/correctness/useExhaustiveDependencies: a read that is under way goes on to the frame wanted then
  useEffect(() => {
    if (!reader || isHidden || isBusy.current) return
    const show = async (): Promise<void> => {
      for (let at: number | undefined; at !== wanted.current; ) {
        at = wanted.current
        const picture = await reader.read(at)
        if (at !== wanted.current) continue
        canvas.current?.getContext('2d', { alpha: false })?.drawImage(picture, 0, 0)
        setShown(at)
      }
    }
    isBusy.current = true
    show()
      .catch((error: unknown) => {
        console.warn('Frames are shown by the video element alone.', error)
        setReader(undefined)
      })
      .finally(() => {
        isBusy.current = false
      })
  }, [reader, frame, isHidden])

  const isShown = reader && !isHidden && shown !== undefined
  return (
    <canvas ref={canvas} className={styles.still} data-frame={shown} hidden={!isShown} width={width} height={height} />
  )
}
