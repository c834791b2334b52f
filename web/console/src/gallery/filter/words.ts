/** Values of filters in words. */
import type { formats } from '../../text/catalogue'
import { nameOf, texts } from './texts'

type Formats = ReturnType<typeof formats>

/** Fields whose values have words of their own. */
const WORDED = ['media_type', 'status']

export function valueWords(field: string, value: unknown): string {
  if (field === 'review') return value === 'pending' ? texts.now().pendingReview : nameOf(String(value))
  return WORDED.includes(field) ? nameOf(String(value)) : String(value)
}

/** Return a number or an instant of a field as people write it. */
export function numberWords(field: string, value: number | string, format: Formats): string {
  if (typeof value === 'string' || field.endsWith('_at')) return format.day(value)
  if (field === 'confidence') return format.percent(value)
  if (field === 'size_bytes') return format.bytes(value)
  if (field === 'duration_seconds') return texts.now().seconds(format.number(value, value < 10 ? 1 : 0))
  return format.number(value, 2)
}

export function rangeWords(field: string, low: unknown, high: unknown, format: Formats): string {
  const text = texts.now()
  const words = (value: unknown) => numberWords(field, value as number | string, format)
  if (low === undefined) return text.below(words(high))
  return high === undefined ? text.atLeast(words(low)) : text.range(words(low), words(high))
}
