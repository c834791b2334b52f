/** Data of the viewer: the asset, its annotations with large masks, label schemas, and when they have changed. */
import type { Asset, Client } from '@foveal/client'
import { type UseQueryResult, useQuery } from '@tanstack/react-query'
import { useApp } from '../app/context'
import type { Annotation, LabelSchema } from '../drawing'

const POLL_MS = 5_000
const POLL_PENDING_MS = 1_500
const WAITING = new Set<string | undefined>(['pending', 'scanning'])
const PAGE = 5_000
const READS_AT_ONCE = 4
/** Annotations that are drawn at most, as on the server. */
export const MAX_ANNOTATIONS = 20_000

/** The asset, asked for again every five seconds, faster while it is being read. */
export function useAsset(assetId: string): UseQueryResult<Asset> {
  const { client } = useApp()
  return useQuery({
    queryKey: ['asset', assetId],
    queryFn: ({ signal }) => client.request('GET /v1/assets/{asset_id}', { path: { asset_id: assetId }, signal }),
    refetchInterval: (query) => (WAITING.has(query.state.data?.status) ? POLL_PENDING_MS : POLL_MS),
    refetchOnWindowFocus: true,
  })
}

export interface Loaded {
  annotations: Annotation[]
  /** Whether there are more than can be shown. */
  isCut: boolean
}

/** All annotations of an asset at a revision of them. */
export function useAnnotations(project: string, asset: Asset | undefined): UseQueryResult<Loaded> {
  const { client } = useApp()
  return useQuery({
    queryKey: ['annotations', asset?.asset_id, asset?.annotation_revision ?? 0],
    queryFn: ({ signal }) => loadAnnotations(client, project, asset?.asset_id ?? '', signal),
    enabled: asset?.status === 'ready',
    placeholderData: (before, query) => (query?.queryKey[1] === asset?.asset_id ? before : undefined),
    staleTime: Number.POSITIVE_INFINITY,
  })
}

async function loadAnnotations(client: Client, project: string, assetId: string, signal: AbortSignal): Promise<Loaded> {
  const annotations: Annotation[] = []
  let token: string | null | undefined
  do {
    const query = { limit: PAGE, ...(token ? { next_token: token } : {}) }
    const page = await client.request('GET /v1/assets/{asset_id}/annotations', {
      path: { asset_id: assetId },
      query,
      signal,
    })
    annotations.push(...page.items)
    token = page.next_token
  } while (token && annotations.length < MAX_ANNOTATIONS)
  return { annotations: await completed(client, project, annotations, signal), isCut: Boolean(token) }
}

/** Return annotations with the masks and heatmaps that lie in the bucket. */
async function completed(
  client: Client,
  project: string,
  annotations: Annotation[],
  signal: AbortSignal,
): Promise<Annotation[]> {
  const found = [...annotations]
  const open = [...found.keys()].filter((at) => found[at]?.mask?.s3 || found[at]?.map?.s3).values()
  const read = async (): Promise<void> => {
    for (const at of open) {
      const each = found[at] as Annotation
      const options = { path: { annotation_id: each.annotation_id }, query: { project }, signal }
      if (each.mask) {
        const counts = await client.request('GET /v1/annotations/{annotation_id}/mask', options)
        found[at] = { ...each, mask: { ...each.mask, counts } }
      } else if (each.map) {
        const values = await client.request('GET /v1/annotations/{annotation_id}/map', options)
        found[at] = { ...each, map: { ...each.map, values } }
      }
    }
  }
  await Promise.all(Array.from({ length: READS_AT_ONCE }, read))
  return found
}

/** The label schemas of a project in their present revisions. */
export function useSchemas(project: string): LabelSchema[] {
  const { client } = useApp()
  const { data } = useQuery({
    queryKey: ['label-schemas', project],
    queryFn: async ({ signal }) =>
      (await client.request('GET /v1/projects/{project}/label-schemas', { path: { project }, signal })).items,
    staleTime: 60_000,
  })
  return data ?? NO_SCHEMAS
}

const NO_SCHEMAS: LabelSchema[] = []
