/** Sections of a gallery: stretches of its order, each of one page of the API, of known or of estimated height. */
import { estimatedHeight, type Grid, justify, type Row, shownRatio } from './justify'

/** A place in the order: number, or Unix time in milliseconds. */
export interface Range {
  gte?: number
  lt?: number
  lte?: number
  /** Assets that lack the value by which they are sorted. */
  isMissing?: boolean
}

/** Members of an asset that the layout needs. */
export interface Item {
  asset_id: string
  width?: number | null
  height?: number | null
}

/** Pages that can only be read one after the other. */
export interface Chain {
  range: Range
  /** Token of the page of each link; the first has none. */
  tokens: (string | undefined)[]
}

export interface Section<T extends Item> {
  range: Range
  count: number
  /** Place in the layout in CSS pixels. */
  top: number
  height: number
  /** `partial`: its first items are there. */
  state: 'unknown' | 'partial' | 'loaded' | 'failed'
  items: readonly T[]
  rows: readonly Row[]
  error?: unknown
  /** The values of the section cannot be told apart: it is a link of a chain. */
  chain?: Chain
  link: number
}

/** Number of assets that a section has where the values allow it, and the most that it may have. */
export const SECTION = 200
export const MAX_SECTION = 400

export function section<T extends Item>(range: Range, count: number, chain?: Chain, link = 0): Section<T> {
  return {
    ...{ range, count, top: 0, height: 0, state: 'unknown' as const, items: [], rows: [], link },
    ...(chain ? { chain } : {}),
  }
}

/**
 * Return the sections of a histogram in the order of the gallery: small buckets joined, large ones left to be divided.
 *
 * `within` is the range that the histogram counted: its outer limits hold for the first and the last section.
 */
export function sectionsOf<T extends Item>(
  boundaries: readonly number[],
  counts: readonly number[],
  isDescending: boolean,
  within: Range = {},
): Section<T>[] {
  const joined: { from: number; to: number; count: number }[] = []
  counts.forEach((count, index) => {
    const last = joined.at(-1)
    if (last && (last.count + count <= SECTION || count === 0)) {
      last.to = index + 1
      last.count += count
    } else joined.push({ from: index, to: index + 1, count })
  })
  const found = joined.map(({ from, to, count }) => {
    const low = from === 0 ? (within.gte ?? boundaries[0]) : boundaries[from]
    const range: Range = { gte: low as number }
    if (to < counts.length) range.lt = boundaries[to] as number
    else if (within.lt !== undefined) range.lt = within.lt
    else range.lte = within.lte ?? (boundaries.at(-1) as number)
    return section<T>(range, count)
  })
  return isDescending ? found.reverse() : found
}

/** Return the links of a chain of pages that have `count` assets together. */
export function linksOf<T extends Item>(range: Range, count: number): Section<T>[] {
  const chain: Chain = { range, tokens: [undefined] }
  const links: Section<T>[] = []
  for (let from = 0; from < count; from += SECTION)
    links.push(section<T>(range, Math.min(SECTION, count - from), chain, links.length))
  return links
}

/** Compute rows and height of a section anew: for another width, or other items. */
export function lay<T extends Item>(each: Section<T>, grid: Grid, meanRatio: number, isLast: boolean): void {
  const estimate = estimatedHeight(each.count, meanRatio, grid)
  if (each.items.length === 0) {
    each.rows = []
    each.height = each.state === 'loaded' ? 0 : estimate
    return
  }
  const ratios = each.items.map(({ width, height }) => shownRatio(width, height))
  if (each.state === 'loaded') {
    const { rows, height } = justify(ratios, grid, isLast)
    each.rows = rows
    each.height = height
    return
  }
  // Full rows stay where they are when the rest is there; the last ones of what is known would not.
  const { rows } = justify(ratios, grid, true)
  each.rows = rows.slice(0, -1)
  const last = each.rows.at(-1)
  each.height = Math.max(estimate, last ? last.y + last.height + grid.gap : 0)
}

/** A picture at a height of a section. */
export interface Anchor {
  id: string
  /** Distance from the top of its row, in heights of the row. */
  share: number
}

/** Return the picture at a height of a section; undefined where no row is known. */
export function anchorAt(each: Section<Item>, y: number): Anchor | undefined {
  const row = each.rows.findLast((found) => found.y <= y)
  const item = row && each.items[row.boxes[0]?.index ?? -1]
  if (!row || !item) return undefined
  const isBelowAll = row === each.rows.at(-1) && y > row.y + row.height
  return isBelowAll ? undefined : { id: item.asset_id, share: (y - row.y) / row.height }
}

/** Return the place of a picture in the layout; undefined where its row is not known. */
export function placeOf(sections: readonly Section<Item>[], { id, share }: Anchor): number | undefined {
  for (const each of sections) {
    const index = each.items.findIndex(({ asset_id }) => asset_id === id)
    const row = index < 0 ? undefined : each.rows.find(({ boxes }) => boxes.some((box) => box.index === index))
    if (row) return each.top + row.y + share * row.height
  }
  return undefined
}

/** Return the index of the section at a place in the layout; the nearest one outside it. */
export function indexAt(sections: readonly Section<Item>[], y: number): number {
  let low = 0
  let high = sections.length - 1
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if ((sections[middle]?.top ?? 0) <= y) low = middle
    else high = middle - 1
  }
  return low
}
