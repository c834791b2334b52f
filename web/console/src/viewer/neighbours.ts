/** Way from an asset to the one before and after it. */
import type { Client } from '@foveal/client'
import { resultOf } from './result'

/** Assets of one time among which the neighbour is looked for. */
const SAME_TIME = 100

export interface Neighbours {
  previous: string | undefined
  next: string | undefined
  /** Position and number, where the gallery's result is known. */
  position?: { at: number; of: number }
}

/** Return the assets beside one: in the gallery's result, else by the time of creation, the newest first. */
export async function neighboursOf(
  client: Client,
  project: string,
  asset: { asset_id: string; created_at: string },
  signal?: AbortSignal,
): Promise<Neighbours> {
  const ids = resultOf(project)?.ids ?? []
  const at = ids.indexOf(asset.asset_id)
  if (at >= 0) return { previous: ids[at - 1], next: ids[at + 1], position: { at: at + 1, of: ids.length } }
  const beside = async (operator: 'gte' | 'lte'): Promise<string | undefined> => {
    const sort = operator === 'gte' ? 'created_at' : '-created_at'
    const filter = { field: 'created_at', [operator]: asset.created_at } as never
    const body = { filter, sort, limit: SAME_TIME, fields: ['asset_id'] }
    const page = await client.request('POST /v1/projects/{project}/assets/search', { path: { project }, body, signal })
    // Assets of one call can have the same time.
    return page.items[page.items.findIndex((each) => each.asset_id === asset.asset_id) + 1]?.asset_id
  }
  const [previous, next] = await Promise.all([beside('gte'), beside('lte')])
  return { previous, next }
}
