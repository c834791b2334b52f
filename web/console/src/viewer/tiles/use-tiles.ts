/** Tiles of an asset that browsers show slowly or not at all. */
import { ApiError, type Asset } from '@foveal/client'
import { useQuery } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { useApp } from '../../app/context'
import { PREVIEW_WIDTH, showsOriginal } from '../picture-source'
import { TileLayer } from './layer'

const WAIT_MS = 2_000
const WAIT_AFTER_ERROR_MS = 5_000

/** Return the layer of tiles of a still picture whose original the browser does not show. */
export function useTiles(asset: Asset): TileLayer | undefined {
  const { client, bytes } = useApp()
  const { asset_id: assetId, media_type: media, width, height } = asset
  const isWanted =
    media === 'image' &&
    Math.max(width ?? 0, height ?? 0) > PREVIEW_WIDTH &&
    !asset.is_animated &&
    !showsOriginal(asset)
  const { data: source } = useQuery({
    queryKey: ['tiles', assetId],
    queryFn: ({ signal }) => client.request('GET /v1/assets/{asset_id}/tiles', { path: { asset_id: assetId }, signal }),
    enabled: isWanted,
    staleTime: Number.POSITIVE_INFINITY,
  })
  const [layer, setLayer] = useState<TileLayer>()
  useEffect(() => {
    if (!source) return
    const made = new TileLayer({
      source,
      baseWidth: PREVIEW_WIDTH,
      load: async ({ level, column, row }, signal) => {
        const query = new URLSearchParams({ variant: 'tile', z: `${level}`, x: `${column}`, y: `${row}` })
        return createImageBitmap(await bytes(`/v1/assets/${encodeURIComponent(assetId)}/content?${query}`, signal))
      },
      waitMs: (error) =>
        error instanceof ApiError && error.code === 'RenditionNotReady' ? WAIT_MS : WAIT_AFTER_ERROR_MS,
    })
    setLayer(made)
    return () => {
      made.close()
      setLayer(undefined)
    }
  }, [source, assetId, bytes])
  return layer
}
