/** Data of the viewer: the asset, its annotations with large masks, label schemas, and when they have changed. */
import type { Asset, Client } from '@foveal/client'
import { useFoveal } from '@foveal/client/react'
import { type QueryClient, type UseQueryResult, useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect } from 'react'
import { useApp } from '../app/context'
import type { Annotation, LabelSchema } from '../drawing'
import { afterLoad, afterOwnEdit, type Known, type OwnEdit } from './edits/known'

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

/** All annotations of an asset: loaded once; own edits are added by `noteOwnEdit`. */
export function useAnnotations(project: string, asset: Asset): UseQueryResult<Known> {
  const { client } = useApp()
  const queries = useQueryClient()
  return useQuery({ ...annotationsOf(queries, client, project, asset.asset_id), enabled: asset.status === 'ready' })
}

/** Ask for the preview and the annotations of an asset that is being opened, beside the asset itself. */
export function useEarlyRequests(project: string, assetId: string): void {
  const { client } = useApp()
  const { signer } = useFoveal()
  const queries = useQueryClient()
  useEffect(() => {
    signer.sign(assetId, 'preview').catch(() => {}) // who shows it says so
    void queries.prefetchQuery(annotationsOf(queries, client, project, assetId))
  }, [queries, client, signer, project, assetId])
}

function annotationsOf(queries: QueryClient, client: Client, project: string, assetId: string) {
  const queryKey = keyOf(assetId)
  return {
    queryKey,
    queryFn: async ({ signal }: { signal: AbortSignal }) => {
      const { annotations, isCut, revision } = await loadAnnotations(client, project, assetId, signal)
      return afterLoad(annotations, isCut, revision, queries.getQueryData<Known>(queryKey))
    },
    staleTime: Number.POSITIVE_INFINITY,
  }
}

/** Load the annotations again when somebody else has changed one; not while an own edit waits for its answer. */
export function useChangesOfOthers(known: UseQueryResult<Known>, asset: Asset, isSaving: boolean): void {
  const { data, refetch } = known
  const latest = asset.annotation_revision ?? 0
  const isBehind = data !== undefined && data.revision < latest
  // biome-ignore lint/correctness/useExhaustiveDependencies: each further change of somebody else is a reason of its own
  useEffect(() => {
    if (isBehind && !isSaving) void refetch({ cancelRefetch: false })
  }, [isBehind, isSaving, latest, refetch])
}

/** Note an edit that the server has carried out, so that the annotations need not be loaded again. */
export function noteOwnEdit(queries: QueryClient, assetId: string, edit: OwnEdit): void {
  queries.setQueryData<Known>(keyOf(assetId), (known) => known && afterOwnEdit(known, edit))
}

const keyOf = (assetId: string) => ['annotations', assetId]

interface Loaded {
  annotations: Annotation[]
  isCut: boolean
  /** The asset's annotation revision before the first page was read. */
  revision: number
}

async function loadAnnotations(client: Client, project: string, assetId: string, signal: AbortSignal): Promise<Loaded> {
  const annotations: Annotation[] = []
  let token: string | null | undefined
  let revision: number | undefined
  do {
    const query = { limit: PAGE, ...(token ? { next_token: token } : {}) }
    const { body, headers } = await client.requestWithHeaders('GET /v1/assets/{asset_id}/annotations', {
      path: { asset_id: assetId },
      query,
      signal,
    })
    annotations.push(...body.items)
    token = body.next_token
    revision ??= Number(/\d+/.exec(headers.get('etag') ?? '')?.[0] ?? 0)
  } while (token && annotations.length < MAX_ANNOTATIONS)
  return {
    annotations: await withLargeMembers(client, project, annotations, signal),
    isCut: Boolean(token),
    revision,
  }
}

/** Return annotations with the masks and heatmaps that lie in the bucket. */
export async function withLargeMembers(
  client: Client,
  project: string,
  annotations: Annotation[],
  signal?: AbortSignal,
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
