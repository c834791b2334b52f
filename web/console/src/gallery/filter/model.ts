/** A filter as people make it: values and ranges of fields, one description of an annotation, and the rest as it is. */
import type { Filter } from '@foveal/client'

export type Value = string | number | boolean

export interface FieldCondition {
  /** Any of these values. */
  in?: Value[]
  gte?: Value
  gt?: Value
  lt?: Value
  lte?: Value
  prefix?: string
  exists?: boolean
}

export interface Bounds {
  gte?: number
  lte?: number
}

/** Conditions that one and the same annotation must meet. */
export interface AnnotationCondition {
  label?: string[]
  field?: string[]
  type?: string[]
  /** `accepted`, `rejected`, `pending`, `unreviewed`. */
  review?: string[]
  confidence?: Bounds
}

export interface FilterModel {
  fields: Record<string, FieldCondition>
  annotation: AnnotationCondition
  /** Conditions that this model has no words for; they hold as well. */
  more: Filter[]
}

export const EMPTY: FilterModel = { fields: {}, annotation: {}, more: [] }

const OPERATORS = ['gte', 'gt', 'lt', 'lte', 'prefix', 'exists'] as const

/** Return the API's filter; undefined where everything is shown. */
export function toFilter(model: FilterModel): Filter | undefined {
  const parts: unknown[] = []
  for (const [field, { in: values, ...others }] of Object.entries(model.fields)) {
    const one = values && (values.length === 1 ? { eq: values[0] } : { in: values })
    parts.push({ field, ...one, ...others })
  }
  if (hasAnnotation(model)) parts.push({ annotations: { any: annotationOf(model.annotation) } })
  parts.push(...model.more)
  if (parts.length === 0) return undefined
  return (parts.length === 1 ? parts[0] : { and: parts }) as Filter
}

export const hasAnnotation = ({ annotation }: FilterModel): boolean => Object.keys(annotation).length > 0
export const isEmpty = (model: FilterModel): boolean =>
  Object.keys(model.fields).length === 0 && !hasAnnotation(model) && model.more.length === 0

/** Return the API's description of an annotation: one value stands alone. */
export function annotationOf({ confidence, ...lists }: AnnotationCondition): Record<string, unknown> {
  const found: Record<string, unknown> = {}
  for (const [name, values] of Object.entries(lists)) found[name] = values.length === 1 ? values[0] : values
  if (confidence) found.confidence = confidence
  return found
}

/** Return the model of any filter of the API. */
export function fromFilter(filter: Filter | null | undefined): FilterModel {
  const model: FilterModel = { fields: {}, annotation: {}, more: [] }
  if (!filter) return model
  const parts = 'and' in filter ? (filter.and as Filter[]) : [filter]
  for (const part of parts) if (!take(model, part)) model.more.push(part)
  return model
}

/** Add a condition to the model. Returns false where the model has no words for it. */
function take(model: FilterModel, part: Filter): boolean {
  if ('field' in part) {
    const { field, eq, in: values, ...others } = part as unknown as Record<string, unknown> & { field: string }
    const given = Object.entries(others).filter(([, value]) => value !== null && value !== undefined)
    if (model.fields[field] || given.some(([name]) => !(OPERATORS as readonly string[]).includes(name))) return false
    const list = eq !== undefined && eq !== null ? [eq] : Array.isArray(values) ? values : undefined
    if (eq !== undefined && eq !== null && Array.isArray(values)) return false
    model.fields[field] = { ...(list ? { in: list as Value[] } : {}), ...Object.fromEntries(given) } as FieldCondition
    return true
  }
  if ('annotations' in part) {
    const quantified = Object.entries(part.annotations as object).filter(([, each]) => each !== null)
    const [entry] = quantified
    if (quantified.length !== 1 || entry?.[0] !== 'any' || hasAnnotation(model)) return false
    const given = Object.entries(entry[1] as object).filter(([, each]) => each !== null)
    const found: AnnotationCondition = {}
    for (const [name, value] of given) {
      if (name === 'label' || name === 'field' || name === 'type' || name === 'review')
        found[name] = [value].flat() as string[]
      else if (name === 'confidence' && isBounds(value)) found.confidence = value as Bounds
      else return false
    }
    if (given.length === 0) return false
    model.annotation = found
    return true
  }
  return false
}

const isBounds = (value: unknown): boolean =>
  typeof value === 'object' && Object.keys(value as object).every((name) => name === 'gte' || name === 'lte')

/** Return the model with another condition for a field; undefined takes it away. */
export function withField(model: FilterModel, field: string, condition: FieldCondition | undefined): FilterModel {
  const { [field]: _, ...fields } = model.fields
  return {
    ...model,
    fields: condition && Object.keys(condition).length > 0 ? { ...fields, [field]: condition } : fields,
  }
}

/** Return the model with members of the annotation changed; undefined takes a member away. */
export function withAnnotation(
  model: FilterModel,
  change: { [K in keyof AnnotationCondition]: AnnotationCondition[K] | undefined },
): FilterModel {
  const annotation = Object.fromEntries(
    Object.entries({ ...model.annotation, ...change }).filter(
      ([, value]) => value !== undefined && (!Array.isArray(value) || value.length > 0),
    ),
  )
  return { ...model, annotation: annotation as AnnotationCondition }
}

/** Add a value to those of a list, or take it away. */
export function toggled<T extends Value>(values: readonly T[] | undefined, value: T): T[] {
  const list = values ?? []
  return list.includes(value) ? list.filter((each) => each !== value) : [...list, value]
}
