/** Assets that are like one, and groups of assets that are the same. */
import type { Client } from '@foveal/client'
import type { GalleryState } from '../address'
import { questionOf } from '../scroll/api'

/** Most neighbours that the API returns, and most groups that are shown. */
const MAX_SIMILAR = 100
const MAX_GROUPS = 500

/** Return the reader of ids of the assets that are most like the one of the address, itself first. */
export function similarIds(client: Client, project: string, state: GalleryState) {
  return async (signal: AbortSignal): Promise<string[]> => {
    const asset = state.similar as string
    const { items: embeddings } = await client.request('GET /v1/assets/{asset_id}/embeddings', {
      path: { asset_id: asset },
      signal,
    })
    const [embedding] = embeddings
    if (!embedding) throw new Error('This asset has no embedding yet, so nothing can be compared with it.')
    const { model, version } = embedding as { model: string; version: string }
    const { items } = await client.request('POST /v1/projects/{project}/assets/similar', {
      path: { project },
      body: { ...questionOf(state), to: { asset_id: asset }, space: { model, version }, limit: MAX_SIMILAR } as never,
      signal,
    })
    return [asset, ...items.map(({ asset_id }) => asset_id).filter((each) => each !== asset)]
  }
}

/** Return the reader of ids of assets of the same bytes group after group, or of near-duplicates pair after pair. */
export function duplicateIds(client: Client, project: string, state: GalleryState) {
  return async (signal: AbortSignal): Promise<string[]> => {
    const answer = await client.request('POST /v1/projects/{project}/assets/duplicates', {
      path: { project },
      body: { ...questionOf(state), by: state.duplicates, limit: MAX_GROUPS } as never,
      signal,
    })
    if ('groups' in answer) return answer.groups.flatMap(({ asset_ids }) => asset_ids)
    const pairs = answer.pairs as { between: { asset_id: string }[] }[]
    return [...new Set(pairs.flatMap(({ between }) => between.map(({ asset_id }) => asset_id)))]
  }
}
