/** Changes since a gallery was read: new assets, and those that have been read meanwhile. */
import type { Client } from '@foveal/client'
import { useQuery } from '@tanstack/react-query'
import { useEffect } from 'react'
import type { GalleryState } from './address'
import { countOf, questionOf, type Tile, tilesOf } from './scroll/api'
import type { Collection } from './scroll/collection'

const COUNT_EVERY_MS = 30_000
const PENDING_EVERY_MS = 3_000

/** Return how many assets the filter finds more than are shown. */
export function useFresh(client: Client, project: string, state: GalleryState, collection: Collection<Tile>): number {
  const isList = Boolean(state.similar || state.duplicates)
  const question = questionOf(state)
  const { data } = useQuery({
    queryKey: ['count', project, question, collection.total],
    queryFn: ({ signal }) => countOf(client, project, question, signal),
    refetchInterval: COUNT_EVERY_MS,
    refetchOnWindowFocus: true,
    enabled: !isList && collection.total !== undefined,
    initialData: collection.total,
    retry: false,
  })
  usePending(client, project, collection)
  return isList || data === undefined || collection.total === undefined ? 0 : Math.max(0, data - collection.total)
}

/** Ask for the assets in view that are still being read or scanned, until they are. */
function usePending(client: Client, project: string, collection: Collection<Tile>): void {
  const pending = collection
    .between(collection.offset, collection.offset + 2_000)
    .flatMap(({ section }) => section.items.filter(isWaiting))
    .slice(0, 100)
  const ids = pending.map(({ asset_id, status }) => `${asset_id}=${status}`).join(' ')
  useEffect(() => {
    if (!ids) return
    const controller = new AbortController()
    const known = new Map(ids.split(' ').map((each) => each.split('=') as [string, string]))
    const timer = setInterval(() => {
      tilesOf(client, project, [...known.keys()], controller.signal).then(
        (found) => collection.replace(new Map([...found].filter(([id, tile]) => tile.status !== known.get(id)))),
        () => {}, // asked again in a moment
      )
    }, PENDING_EVERY_MS)
    return () => {
      clearInterval(timer)
      controller.abort()
    }
  }, [client, project, collection, ids])
}

function isWaiting({ status }: Tile): boolean {
  return status === 'pending' || status === 'scanning'
}
