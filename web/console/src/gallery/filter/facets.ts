/** Facets: what can be counted of the assets that a filter finds, and how a count becomes a condition. */

import { STATUSES } from '../../app/statuses'
import type { GalleryState } from '../address'
import { type Question, questionOf } from '../scroll/api'
import { type Bounds, type FilterModel, toggled, type Value, withAnnotation, withField } from './model'

export interface Facet {
  id: string
  kind: 'values' | 'numbers' | 'instants'
  /** Member of the annotation in place of a field of the asset. */
  of?: 'label' | 'field' | 'review' | 'confidence'
  /** Whether it is open before anybody has chosen. */
  isOpen: boolean
}

const asset = (id: string, kind: Facet['kind'] = 'values', isOpen = false): Facet => ({ id, kind, isOpen })

export const FACETS: readonly Facet[] = [
  { id: 'label', kind: 'values', of: 'label', isOpen: true },
  { id: 'field', kind: 'values', of: 'field', isOpen: true },
  { id: 'confidence', kind: 'numbers', of: 'confidence', isOpen: true },
  asset('tags', 'values', true),
  asset('created_at', 'instants', true),
  asset('media_type', 'values', true),
  asset('status'),
  asset('reviewed_fields'),
  { id: 'review', kind: 'values', of: 'review', isOpen: false },
  asset('captured_at', 'instants'),
  asset('size_bytes', 'numbers'),
  asset('duration_seconds', 'numbers'),
  asset('format'),
  asset('camera.model'),
]

const BUCKETS = 30
const CONFIDENCES = Array.from({ length: 21 }, (_, n) => n / 20)
/** Values that are asked for at first, and when one searches in them. */
const TOP = 30
const ALL = 1000

/** Return the filter without the conditions of a facet, so that its other values are counted too. */
function without(model: FilterModel, { id, of }: Facet): FilterModel {
  return of ? withAnnotation(model, { [of]: undefined }) : withField(model, id, undefined)
}

/** Return whose counts a facet asks for. */
export function askedOf(state: GalleryState, facet: Facet): Question {
  const rest = without(state.filter, facet)
  if (facet.id !== 'status') return questionOf({ ...state, filter: rest })
  return questionOf({ ...state, filter: withField(rest, 'status', { in: STATUSES }) })
}

/** Return the aggregate of a facet. */
export function aggregateOf({ filter: { annotation } }: GalleryState, facet: Facet, isSearched: boolean): unknown {
  const { [facet.of ?? 'type']: _, ...others } = annotation
  const where = { ...(facet.of ? others : annotation) } as Record<string, unknown>
  const limit = isSearched ? ALL : TOP
  if (
    facet.of === 'label' &&
    Object.keys(where).every((name) => name === 'field') &&
    (annotation.field?.length ?? 0) < 2
  )
    return { labels: { limit, ...(annotation.field ? { field: annotation.field[0] } : {}) } }
  const some = Object.keys(where).length > 0 ? { where } : {}
  if (facet.of === 'confidence') return { annotation_histogram: { of: 'confidence', boundaries: CONFIDENCES, ...some } }
  if (facet.of) return { annotation_counts: { by: [facet.of], limit, ...some } }
  if (facet.kind === 'values') return { counts: { field: facet.id, limit } }
  return { histogram: { field: facet.id, buckets: BUCKETS } }
}

export interface Counted {
  value: Value
  count: number
}

/** Return the values and counts of an answer. */
export function countedOf(result: unknown, { of }: Facet): { values: Counted[]; isComplete: boolean } {
  const answer = result as { labels?: object[]; counts?: object[]; is_complete: boolean }
  const rows = (answer.labels ?? answer.counts ?? []) as Record<string, unknown>[]
  const values = rows.map((row) => ({
    value: (of ? row[of] : row.value) as Value,
    count: (of ? row.assets : row.count) as number,
  }))
  return { values: values.filter(({ value }) => value !== null), isComplete: answer.is_complete }
}

export interface Bars {
  boundaries: number[]
  counts: number[]
}

/** Return the bars of an answer; instants as Unix time in milliseconds. */
export function barsOf(result: unknown): Bars {
  const { boundaries, counts } = result as { boundaries: (number | string)[]; counts: number[] }
  return { boundaries: boundaries.map((each) => (typeof each === 'string' ? Date.parse(each) : each)), counts }
}

/** Return the values that are chosen in a facet. */
export function chosenIn({ fields, annotation }: FilterModel, { id, of }: Facet): readonly Value[] {
  if (of) return (annotation[of as 'label'] ?? []) as Value[]
  return fields[id]?.in ?? []
}

/** Return the filter with a value chosen, or no longer. */
export function chosen(model: FilterModel, facet: Facet, value: Value): FilterModel {
  const next = toggled(chosenIn(model, facet), value)
  if (facet.of) return withAnnotation(model, { [facet.of]: next })
  return withField(model, facet.id, next.length > 0 ? { in: next } : undefined)
}

/** Return the range that is chosen in a facet, as numbers. */
export function rangeIn({ fields, annotation }: FilterModel, { id, of }: Facet): Bounds | undefined {
  if (of === 'confidence') return annotation.confidence
  const { gte, gt, lt, lte } = fields[id] ?? {}
  const number = (value: Value | undefined) => (typeof value === 'string' ? Date.parse(value) : (value as number))
  const [low, high] = [gte ?? gt, lte ?? lt]
  if (low === undefined && high === undefined) return undefined
  return { ...(low === undefined ? {} : { gte: number(low) }), ...(high === undefined ? {} : { lte: number(high) }) }
}

/** Return the filter with a range chosen; buckets are half open, but for the last one. */
export function ranged(
  model: FilterModel,
  facet: Facet,
  range: { low?: number; high?: number; isLast: boolean } | undefined,
): FilterModel {
  if (facet.of === 'confidence') {
    const { low, high } = range ?? {}
    const bounds = { ...(low === undefined ? {} : { gte: low }), ...(high === undefined ? {} : { lte: high }) }
    return withAnnotation(model, { confidence: Object.keys(bounds).length > 0 ? bounds : undefined })
  }
  if (!range) return withField(model, facet.id, undefined)
  const write = (value: number) => (facet.kind === 'instants' ? new Date(value).toISOString() : value)
  const { low, high, isLast } = range
  return withField(model, facet.id, {
    ...(low === undefined ? {} : { gte: write(low) }),
    ...(high === undefined ? {} : { [isLast ? 'lte' : 'lt']: write(high) }),
  })
}
