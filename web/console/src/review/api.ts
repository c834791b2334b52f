/** The queue's part of the API: pages of what waits, how many wait, decisions. */
import { ApiError, type Client, type FoundAsset } from '@foveal/client'
import { isUnanswered } from '../app/read-file'
import type { Annotation } from '../drawing'
import type { Wanted } from './address'

const PAGE = 100
const FIELDS = ['width', 'height', 'media_type', 'file_name', 'stored_width', 'stored_height', 'orientation']

export interface Item {
  annotation: Annotation
  asset: FoundAsset
}

/** A review as it is sent; null takes it away. */
export type Review = { state: string; note?: string | null; by?: string | null; at?: string | null } | null

export interface Decision {
  annotationId: string
  revision: number
  review: Review
}

export type Result =
  | { kind: 'done'; revision: number }
  /** Somebody else was first: the present state, undefined of an annotation that is gone. */
  | { kind: 'changed'; current: Annotation | undefined }
  | { kind: 'refused'; error: Error }

export interface ReviewApi {
  page(token: string | undefined): Promise<{ items: Item[]; next: string | undefined }>
  /** Count the annotations that wait. */
  count(): Promise<number>
  /** Send decisions, each of another annotation. Rejects with NetworkError, and with what a later call may not meet. */
  decide(decisions: readonly Decision[]): Promise<Result[]>
}

export function reviewApi(client: Client, project: string, wanted: Wanted): ReviewApi {
  const path = { project }

  async function assetsOf(ids: string[]): Promise<Map<string, FoundAsset>> {
    const filter = { field: 'asset_id', in: ids }
    const body = { filter, limit: PAGE, fields: FIELDS }
    const { items } = ids.length
      ? await client.request('POST /v1/projects/{project}/assets/search', { path, body })
      : { items: [] }
    return new Map(items.map((each) => [each.asset_id, each]))
  }

  return {
    async page(token) {
      const { items, next_token } = await client.request('POST /v1/projects/{project}/annotations/search', {
        path,
        body: { annotations: wanted, limit: PAGE, ...(token ? { next_token: token } : {}) },
      })
      const assets = await assetsOf([...new Set(items.map((each) => each.asset_id))])
      const found = items.flatMap((annotation) => {
        const asset = assets.get(annotation.asset_id)
        return asset ? [{ annotation, asset }] : [] // deleted meanwhile
      })
      return { items: found, next: next_token ?? undefined }
    },
    async count() {
      const { aggregates } = await client.request('POST /v1/projects/{project}/assets/aggregate', {
        path,
        body: { aggregates: { waiting: { annotation_counts: { by: ['review'], where: wanted } } } },
      })
      const { counts } = aggregates.waiting as { counts: { annotations: number }[] }
      return counts.reduce((sum, each) => sum + each.annotations, 0)
    },
    async decide(decisions) {
      const operations = decisions.map(({ annotationId, revision, review }) => ({
        op: 'update' as const,
        annotation_id: annotationId,
        revision,
        changes: { review },
      }))
      const { results } = await client.request('POST /v1/projects/{project}/annotations/bulk', {
        path,
        body: { operations },
      })
      return results.map((each) => ('code' in each ? refusalOf(each) : { kind: 'done', revision: each.revision }))
    },
  }
}

interface Refused {
  status: number
  code: string
  detail: string
  current?: unknown
}

function refusalOf(problem: Refused): Result {
  if (problem.code === 'PreconditionFailed')
    return { kind: 'changed', current: problem.current as Annotation | undefined }
  if (problem.code === 'NoSuchAnnotation') return { kind: 'changed', current: undefined }
  return { kind: 'refused', error: new Error(problem.detail) }
}

/** Tell whether the same call may succeed a little later. */
export const isPassing = (error: unknown): boolean =>
  isUnanswered(error) || (error instanceof ApiError && (error.status === 429 || error.status >= 500))
