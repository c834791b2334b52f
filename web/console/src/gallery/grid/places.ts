/** Values of the sort by place in the layout, and the reverse: what the scrubber shows. */
import { type Item, indexAt, type Section } from '../scroll/sections'

type Sections = readonly Section<Item>[]

/** Return the least and the greatest value of a section. */
function limits({ range }: Section<Item>): [number, number] | undefined {
  const high = range.lt ?? range.lte
  return range.gte === undefined || high === undefined ? undefined : [range.gte, high]
}

const isDescending = (sections: Sections): boolean => {
  const known = sections.map(limits).filter((each) => each !== undefined)
  return (known[0]?.[0] ?? 0) >= (known.at(-1)?.[0] ?? 0)
}

/** Return the value at a place; between the limits of a section in proportion. Undefined where it has none. */
export function valueAt(sections: Sections, y: number): number | undefined {
  const each = sections[indexAt(sections, y)]
  const found = each && limits(each)
  if (!found) return undefined
  const share = Math.min(1, Math.max(0, (y - each.top) / (each.height || 1)))
  const [low, high] = found
  return isDescending(sections) ? high - share * (high - low) : low + share * (high - low)
}

/** Return the place of a value. */
export function placeOf(sections: Sections, value: number): number {
  const descending = isDescending(sections)
  for (const each of sections) {
    const found = limits(each)
    if (!found) continue
    const [low, high] = found
    if (descending ? value < low : value > high) continue
    const share = high > low ? (descending ? (high - value) / (high - low) : (value - low) / (high - low)) : 0
    return each.top + Math.min(1, Math.max(0, share)) * each.height
  }
  const last = sections.filter((each) => limits(each)).at(-1)
  return last ? last.top + last.height : 0
}

export interface Tick {
  value: number
  /** Empty where there is no room for words. */
  text: string
}

/** Least distance of words on the strip in CSS pixels. */
const DISTANCE = 34
const TICK_DISTANCE = 7

/** Return the ticks of the strip: years with words, months between them where there is room; or powers of ten of bytes. */
export function ticksOf(
  sections: Sections,
  height: number,
  stripHeight: number,
  isTime: boolean,
  locale: string,
  bytes: (value: number) => string,
): Tick[] {
  const known = sections.map(limits).filter((each) => each !== undefined)
  if (known.length === 0 || height === 0) return []
  const low = Math.min(...known.map(([each]) => each))
  const high = Math.max(...known.map(([, each]) => each))
  const candidates = isTime ? timeTicks(low, high, locale) : sizeTicks(low, high, bytes)
  const placed: { y: number; hasText: boolean }[] = []
  const found: Tick[] = []
  // Words of greater weight take their room first.
  for (const { value, text } of candidates) {
    const y = (placeOf(sections, value) / height) * stripHeight
    if (y < 12 || y > stripHeight - 12) continue
    const hasText = text !== '' && placed.every((other) => !other.hasText || Math.abs(other.y - y) >= DISTANCE)
    if (!hasText && placed.some((other) => Math.abs(other.y - y) < TICK_DISTANCE)) continue
    placed.push({ y, hasText })
    found.push({ value, text: hasText ? text : '' })
  }
  return found
}

function timeTicks(low: number, high: number, locale: string): Tick[] {
  const years: Tick[] = []
  const months: Tick[] = []
  const month = new Intl.DateTimeFormat(locale, { month: 'short', timeZone: 'UTC' })
  const date = new Date(low)
  for (let at = Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1); at < high && months.length < 1200; ) {
    const [year, number] = [new Date(at).getUTCFullYear(), new Date(at).getUTCMonth()]
    if (number === 0) years.push({ value: at, text: String(year) })
    else months.push({ value: at, text: month.format(at) })
    at = Date.UTC(year, number + 1)
  }
  return [...years, ...months]
}

function sizeTicks(low: number, high: number, bytes: (value: number) => string): Tick[] {
  const ticks: Tick[] = []
  for (let power = 3; power < 13; power += 1)
    for (const step of [1, 3]) {
      const value = step * 10 ** power
      if (value > low && value < high) ticks.push({ value, text: bytes(value) })
    }
  return ticks
}
