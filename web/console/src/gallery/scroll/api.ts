/** Reads the assets of a gallery from the API: what a filter finds, or a list of assets in an order of its own. */
import type { Client, Filter, FoundAsset, Signer } from '@foveal/client'
import { ANY_STATUS } from '../../app/statuses'
import type { GalleryState } from '../address'
import { toFilter } from '../filter/model'
import type { Reader } from './collection'
import type { Range } from './sections'

/** Members of an asset that a tile shows. */
const FIELDS = [
  'width',
  'height',
  'media_type',
  'status',
  'reason',
  'reason_detail',
  'file_name',
  'duration_seconds',
  'page_count',
  'thumbhash',
  'stored_width',
  'stored_height',
  'orientation',
  's3.archive_status',
  'created_at',
  'captured_at',
  'updated_at',
  'size_bytes',
]

/** Variant that a tile shows. */
const THUMBNAIL = 'thumbnail'

export type Tile = FoundAsset

/** Body members that say which assets are meant. */
export interface Question {
  filter?: Filter
  view?: string
}

export function questionOf({ filter, view }: GalleryState): Question {
  const asked = toFilter(filter)
  return { ...(asked ? { filter: asked } : {}), ...(view ? { view } : {}) }
}

/** Return the question with a condition more. */
export function narrowed(question: Question, condition: unknown): Question {
  const filter = question.filter ? { and: [question.filter, condition] } : condition
  return { ...question, filter: filter as Filter }
}

const INSTANTS: readonly string[] = ['created_at', 'captured_at', 'updated_at']

function conditionOf(field: string, { isMissing, ...limits }: Range): unknown {
  if (isMissing) return { field, exists: false }
  const given = Object.entries(limits).filter(([, value]) => value !== undefined)
  if (given.length === 0) return undefined
  const write = (value: number) => (INSTANTS.includes(field) ? new Date(value).toISOString() : value)
  return { field, ...Object.fromEntries(given.map(([name, value]) => [name, write(value as number)])) }
}

export function searchReader(client: Client, signer: Signer, project: string, state: GalleryState): Reader<Tile> {
  const question = questionOf(state)
  const field = state.sort.replace(/^-/, '')
  const ask = (range: Range): Question => {
    const condition = conditionOf(field, range)
    return condition ? narrowed(question, condition) : question
  }
  return {
    async histogram(range, buckets, signal) {
      const { aggregates } = await client.request('POST /v1/projects/{project}/assets/aggregate', {
        path: { project },
        body: { ...ask(range), aggregates: { found: { histogram: { field, buckets } }, all: { count: {} } } },
        signal,
      })
      const { boundaries, counts } = aggregates.found as { boundaries: (string | number)[]; counts: number[] }
      const { count } = aggregates.all as { count: number }
      const numbers = boundaries.map((each) => (typeof each === 'string' ? Date.parse(each) : each))
      return { boundaries: numbers, counts, total: count }
    },
    async count(signal) {
      return countOf(client, project, question, signal)
    },
    async first(limit, signal) {
      const { items, next_token } = await client.request('POST /v1/projects/{project}/downloads/search', {
        path: { project },
        body: { ...question, sort: state.sort, limit, fields: FIELDS, include: [THUMBNAIL] },
        signal,
      })
      for (const { asset_id, downloads } of items) {
        const found = downloads[THUMBNAIL]
        if (found && 'url' in found)
          signer.keep(asset_id, THUMBNAIL, { url: found.url, expiresAt: Date.parse(found.expires_at) })
      }
      return { items, nextToken: next_token ?? undefined }
    },
    async page(range, limit, token, signal) {
      const { items, next_token } = await client.request('POST /v1/projects/{project}/assets/search', {
        path: { project },
        body: { ...ask(range), sort: state.sort, limit, fields: FIELDS, ...(token ? { next_token: token } : {}) },
        signal,
      })
      return { items, nextToken: next_token ?? undefined }
    },
  }
}

/** Return how many assets are meant. */
export async function countOf(
  client: Client,
  project: string,
  question: Question,
  signal?: AbortSignal,
): Promise<number> {
  const { aggregates } = await client.request('POST /v1/projects/{project}/assets/aggregate', {
    path: { project },
    body: { ...question, aggregates: { all: { count: {} } } },
    signal,
  })
  return (aggregates.all as { count: number }).count
}

/** Most ids that one condition takes. */
const MAX_IDS = 500

/** Return assets by their ids, also those that are not ready; what is gone is left out. */
export async function tilesOf(
  client: Client,
  project: string,
  ids: string[],
  signal?: AbortSignal,
): Promise<Map<string, Tile>> {
  const found = new Map<string, Tile>()
  for (let from = 0; from < ids.length; from += MAX_IDS) {
    const filter = { and: [{ field: 'asset_id', in: ids.slice(from, from + MAX_IDS) }, ANY_STATUS] } as Filter
    const { items } = await client.request('POST /v1/projects/{project}/assets/search', {
      path: { project },
      body: { filter, limit: MAX_IDS, fields: FIELDS },
      signal,
    })
    for (const item of items) found.set(item.asset_id, item)
  }
  return found
}

/** Assets in the order of a list: neighbours by likeness, or groups of duplicates. */
export function listReader(
  client: Client,
  project: string,
  list: (signal: AbortSignal) => Promise<string[]>,
): Reader<Tile> {
  let known: Promise<string[]> | undefined
  const ids = (signal: AbortSignal) => {
    known ??= list(signal)
    known.catch(() => {
      known = undefined
    })
    return known
  }
  const page: Reader<Tile>['page'] = async (_, limit, token, signal) => {
    const all = await ids(signal)
    const from = Number(token ?? 0)
    const part = all.slice(from, from + limit)
    const tiles = await tilesOf(client, project, part, signal)
    const items = part.flatMap((id) => tiles.get(id) ?? [])
    return { items, nextToken: from + limit < all.length ? String(from + limit) : undefined }
  }
  return {
    histogram: () => Promise.reject(new Error('A list has no histogram.')),
    count: async (signal) => (await ids(signal)).length,
    first: (limit, signal) => page({}, limit, undefined, signal),
    page,
  }
}
