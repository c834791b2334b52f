/**
 * State of the gallery in its address: filter, sort, saved view and what is drawn.
 *
 * A conjunction is written in the API's own language of query strings (`tags=night&label=person&confidence.gte=0.2`);
 * any other filter is `q`, its JSON in base64url.
 */
import type { Filter } from '@foveal/client'
import { areaOf, readArea } from './filter/area'
import {
  type AnnotationCondition,
  type FieldCondition,
  type FilterModel,
  fromFilter,
  toFilter,
  type Value,
} from './filter/model'

const SORTS = ['created_at', 'captured_at', 'updated_at', 'size_bytes', 'file_name'] as const
export const DEFAULT_SORT = '-created_at'

export interface GalleryState {
  filter: FilterModel
  sort: string
  /** Name of the saved view whose filter holds as well. */
  view?: string
  /** Assets like this one, by an embedding. */
  similar?: string
  /** Groups of assets of the same bytes, or pairs whose pictures look the same. */
  duplicates?: 'bytes' | 'near'
  /** Labels are drawn over the pictures, from this confidence on. */
  labels?: number
  /** The map in place of the pictures: `latitude,longitude,zoom`, or `all` places. */
  map?: string
}

type Parameters = Record<string, unknown>

const OWN = ['map', 'within', 'labels', 'sort', 'view', 'similar', 'duplicates', 'q', 'project']
const OPERATORS = ['gte', 'gt', 'lt', 'lte', 'prefix', 'exists', 'in']
const NUMBERS = /^(size_bytes|width|height|duration_seconds|frame_count|page_count|.*_width|.*_height)$/
const ANNOTATION = ['label', 'field', 'type', 'review']

/** Return the state that an address names; what it cannot mean is left out. */
export function readAddress(search: Parameters): GalleryState {
  const filter: FilterModel = { fields: {}, annotation: {}, more: [] }
  if (typeof search.q === 'string') filter.more.push(...decoded(search.q))
  const area = readArea(String(search.within))
  if (area) filter.more.push(area)
  for (const [name, given] of Object.entries(search)) {
    if (OWN.includes(name) || given === undefined || given === '') continue
    readCondition(filter, name, given as Value)
  }
  const written = fromFilter(toFilter(filter))
  const sort = typeof search.sort === 'string' ? search.sort : DEFAULT_SORT
  return {
    filter: written,
    sort: (SORTS as readonly string[]).includes(sort.replace(/^-/, '')) ? sort : DEFAULT_SORT,
    ...(typeof search.view === 'string' ? { view: search.view } : {}),
    ...(typeof search.similar === 'string' ? { similar: search.similar } : {}),
    ...(search.labels === undefined ? {} : { labels: Math.min(1, Math.max(0, Number(search.labels) || 0)) }),
    ...(search.map ? { map: String(search.map) } : {}),
    ...(search.duplicates ? { duplicates: search.duplicates === 'near' ? ('near' as const) : ('bytes' as const) } : {}),
  }
}

function readCondition(filter: FilterModel, name: string, given: Value): void {
  const dot = name.lastIndexOf('.')
  const hasOperator = dot > 0 && OPERATORS.includes(name.slice(dot + 1))
  const base = hasOperator ? name.slice(0, dot) : name
  const operator = hasOperator ? name.slice(dot + 1) : 'eq'
  const list = operator === 'in' ? String(given).split(',') : [given]
  if (ANNOTATION.includes(base)) {
    filter.annotation[base as 'label'] = list.map(String)
    return
  }
  if (base === 'confidence') {
    if (operator === 'gte' || operator === 'lte')
      filter.annotation.confidence = { ...filter.annotation.confidence, [operator]: Number(given) }
    return
  }
  const value = (each: Value): Value => typedValue(base, each)
  const condition: FieldCondition = filter.fields[base] ?? {}
  if (operator === 'eq' || operator === 'in') condition.in = list.map(value)
  else if (operator === 'exists') condition.exists = given === true || given === 'true'
  else if (operator === 'prefix') condition.prefix = String(given)
  else condition[operator as 'gte'] = value(given)
  filter.fields[base] = condition
}

/** Values of text that look like numbers arrive as numbers. */
function typedValue(field: string, value: Value): Value {
  if (NUMBERS.test(field)) return Number(value)
  if (field.startsWith('attributes.')) return value
  if (value === true || value === 'true') return true
  if (value === false || value === 'false') return false
  return String(value)
}

/** Return the parameters of an address for a state. */
export function writeAddress({ filter, sort, ...others }: GalleryState): Parameters {
  return {
    ...(others.view ? { view: others.view } : {}),
    ...(others.similar ? { similar: others.similar } : {}),
    ...(others.labels === undefined ? {} : { labels: others.labels }),
    ...(others.duplicates ? { duplicates: others.duplicates } : {}),
    ...(others.map ? { map: others.map } : {}),
    ...writeFilter(filter),
    ...(sort === DEFAULT_SORT ? {} : { sort }),
  }
}

function writeFilter(filter: FilterModel): Parameters {
  const found: Parameters = {}
  const area = filter.more.find(areaOf)
  if (area) found.within = areaOf(area)?.join(';')
  const more = filter.more.filter((each) => each !== area)
  for (const [field, condition] of Object.entries(filter.fields)) {
    if (isReadable(field, condition)) Object.assign(found, writeCondition(field, condition))
    else more.push(toFilter({ fields: { [field]: condition }, annotation: {}, more: [] }) as Filter)
  }
  if (isReadableAnnotation(filter.annotation)) {
    const { confidence, ...lists } = filter.annotation
    for (const [name, values] of Object.entries(lists)) found[name] = values[0]
    if (confidence?.gte !== undefined) found['confidence.gte'] = confidence.gte
    if (confidence?.lte !== undefined) found['confidence.lte'] = confidence.lte
  } else more.push(toFilter({ fields: {}, annotation: filter.annotation, more: [] }) as Filter)
  if (more.length > 0) found.q = encoded(more.length === 1 ? more[0] : { and: more })
  return found
}

const isReadable = (field: string, condition: FieldCondition): boolean =>
  !OWN.includes(field) && !(condition.in ?? []).some((each) => typeof each === 'string' && each.includes(','))

const isReadableAnnotation = ({ confidence: _, ...lists }: AnnotationCondition): boolean =>
  Object.values(lists).every((each) => !each || each.length === 1)

function writeCondition(field: string, { in: values, ...others }: FieldCondition): Parameters {
  const found: Parameters = {}
  if (values) Object.assign(found, values.length === 1 ? { [field]: values[0] } : { [`${field}.in`]: values.join(',') })
  for (const [operator, value] of Object.entries(others)) found[`${field}.${operator}`] = value
  return found
}

/** Return a filter as base64url of its JSON. */
export function encoded(filter: unknown): string {
  const bytes = new TextEncoder().encode(JSON.stringify(filter))
  return btoa(String.fromCharCode(...bytes))
    .replace(/\+/g, '-')
    .replace(/\//g, '_')
    .replace(/=+$/, '')
}

function decoded(text: string): Filter[] {
  try {
    const bytes = Uint8Array.from(atob(text.replace(/-/g, '+').replace(/_/g, '/')), (each) => each.charCodeAt(0))
    const filter = JSON.parse(new TextDecoder().decode(bytes)) as Filter
    return 'and' in filter ? (filter.and as Filter[]) : [filter]
  } catch {
    return [] // a link that was cut off: what it still says holds
  }
}
