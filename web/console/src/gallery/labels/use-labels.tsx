import type { Client } from '@foveal/client'
import { useQuery } from '@tanstack/react-query'
import { lazy, type ReactNode, Suspense, useCallback, useMemo } from 'react'
import { loaded } from '../../ui/loaded'
import type { Tile } from '../scroll/api'
import { createSource } from './annotations'

const LabelOverlay = lazy(() => loaded(() => import('./overlay')))

/** Return what draws the labels of a tile; undefined while none are to be drawn. */
export function useLabels(client: Client, project: string, minConfidence: number | undefined) {
  const isOn = minConfidence !== undefined
  const source = useMemo(() => createSource(client, project), [client, project])
  const { data: colours } = useQuery({
    queryKey: ['label-styles', project],
    queryFn: async ({ signal }) => {
      const { stylesOf } = await import('../../drawing')
      const { items } = await client.request('GET /v1/projects/{project}/label-schemas', { path: { project }, signal })
      return stylesOf(items)
    },
    enabled: isOn,
    staleTime: 60_000,
  })
  const overlay = useCallback(
    (asset: Tile, width: number, height: number): ReactNode =>
      colours && asset.media_type === 'image' ? (
        <Suspense>
          <LabelOverlay {...{ asset, width, height, source, colours }} minConfidence={minConfidence ?? 0} />
        </Suspense>
      ) : null,
    [colours, source, minConfidence],
  )
  return isOn ? overlay : undefined
}
