/** A frame of a picture of several, as the server shows it; the next one is loaded ahead. */
import type { Asset } from '@foveal/client'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { type ReactElement, useEffect, useLayoutEffect, useRef } from 'react'
import { useApp } from '../../app/context'
import { frameQuery } from './frame-file'

/** Opacity of the frame before, until the one that is asked for is there. */
export const LATE = 0.5

export interface FramePictureProps {
  asset: Asset
  frame: number
  /** Called when there is no picture of the frame. */
  onProblem: () => void
}

export function FramePicture({ asset, frame, onProblem }: FramePictureProps): ReactElement {
  const { bytes } = useApp()
  const queries = useQueryClient()
  const canvas = useRef<HTMLCanvasElement>(null)
  const queryOf = (at: number) => frameQuery(bytes, asset, at, 'preview', createImageBitmap)
  const { data, error, isPlaceholderData } = useQuery(queryOf(frame))
  const isThere = data !== undefined && !isPlaceholderData
  useLayoutEffect(() => {
    if (data) canvas.current?.getContext('2d')?.drawImage(data, 0, 0)
  }, [data])
  // biome-ignore lint/correctness/useExhaustiveDependencies: once for each frame that is shown
  useEffect(() => {
    if (isThere && frame + 1 < (asset.frame_count ?? 0)) void queries.prefetchQuery(queryOf(frame + 1))
  }, [isThere, frame])
  // biome-ignore lint/correctness/useExhaustiveDependencies: once for each error
  useEffect(() => {
    if (error) onProblem()
  }, [error])
  return (
    <canvas
      ref={canvas}
      width={data?.width ?? 1}
      height={data?.height ?? 1}
      data-frame={isThere ? frame : undefined}
      style={{ opacity: isThere ? 1 : LATE }}
    />
  )
}
