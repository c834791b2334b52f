/** Moves of the active asset through rows and sections. */
import type { Collection } from '../scroll/collection'
import type { Item, Section } from '../scroll/sections'

export interface Position<T extends Item> {
  section: number
  index: number
  item: T
}

export type Move = 'left' | 'right' | 'up' | 'down' | 'first' | 'last'

/** Return where an asset is, among those that are there. */
export function find<T extends Item>({ sections }: Collection<T>, assetId: string): Position<T> | undefined {
  for (let section = 0; section < sections.length; section += 1) {
    const index = sections[section]?.items.findIndex(({ asset_id }) => asset_id === assetId) ?? -1
    const item = sections[section]?.items[index]
    if (item) return { section, index, item }
  }
  return undefined
}

/** Return the upper and the lower edge of an asset in the layout. */
export function edges<T extends Item>({ sections }: Collection<T>, { section, index }: Position<T>): [number, number] {
  const each = sections[section]
  const row = each?.rows.find(({ boxes }) => boxes.some((box) => box.index === index))
  const top = (each?.top ?? 0) + (row?.y ?? 0)
  return [top, top + (row?.height ?? 0)]
}

/** Return the asset that a move leads to, reading its section first. Undefined at the ends. */
export async function moved<T extends Item>(
  collection: Collection<T>,
  from: Position<T> | undefined,
  move: Move,
): Promise<Position<T> | undefined> {
  const { sections } = collection
  if (move === 'last') return enter(collection, sections.length - 1, -1, (each) => each.items.length - 1)
  if (move === 'first' || !from) return enter(collection, 0, 1, (each) => each.items.length > 0 && 0)
  const here = sections[from.section]
  if (move === 'left' || move === 'right') {
    const step = move === 'right' ? 1 : -1
    const item = here?.items[from.index + step]
    if (item) return { section: from.section, index: from.index + step, item }
    const index = (each: Section<T>) => (step > 0 ? 0 : each.items.length - 1)
    if (here?.state === 'partial' && step > 0) {
      const whole = await collection.load(from.section)
      const next = whole?.items[from.index + 1]
      if (next) return { section: from.section, index: from.index + 1, item: next }
    }
    return enter(collection, from.section + step, step, index)
  }
  const step = move === 'down' ? 1 : -1
  const number = here?.rows.findIndex(({ boxes }) => boxes.some((box) => box.index === from.index)) ?? -1
  const box = here?.rows[number]?.boxes.find((each) => each.index === from.index)
  const middle = (box?.x ?? 0) + (box?.width ?? 0) / 2
  const beside = here?.rows[number + step]
  if (beside) return at(here, from.section, nearest(beside.boxes, middle))
  return enter(collection, from.section + step, step, (each) =>
    nearest((step > 0 ? each.rows[0] : each.rows.at(-1))?.boxes ?? [], middle),
  )
}

function nearest(boxes: readonly { index: number; x: number; width: number }[], middle: number): number | false {
  let best: number | false = false
  let distance = Number.POSITIVE_INFINITY
  for (const { index, x, width } of boxes) {
    const away = Math.abs(x + width / 2 - middle)
    if (away < distance) {
      best = index
      distance = away
    }
  }
  return best
}

function at<T extends Item>(
  each: Section<T> | undefined,
  section: number,
  index: number | false,
): Position<T> | undefined {
  const item = index === false ? undefined : each?.items[index]
  return item && index !== false ? { section, index, item } : undefined
}

/** Go into the first section from `start` on that has assets. */
async function enter<T extends Item>(
  collection: Collection<T>,
  start: number,
  step: 1 | -1,
  choose: (each: Section<T>) => number | false,
): Promise<Position<T> | undefined> {
  for (let index = start; index >= 0 && index < collection.sections.length; index += step) {
    let before = collection.sections[index]
    let each = await collection.load(index)
    // A section that was divided has its last part at its end.
    while (each !== before || (each && each.state !== 'loaded')) {
      if (step < 0 && before && !collection.sections.includes(before))
        index = Math.min(index, collection.sections.length - 1)
      before = collection.sections[index]
      each = await collection.load(index)
    }
    const found = at(each, index, each ? choose(each) : false)
    if (found) return found
  }
  return undefined
}

/** Return the ids between two assets, both included, in the order of the gallery; at most `limit`. */
export async function between<T extends Item>(
  collection: Collection<T>,
  one: string,
  other: string,
  limit: number,
): Promise<string[]> {
  const [start, end] = [find(collection, one), find(collection, other)]
  if (!start || !end) return end ? [other] : []
  const isForward = start.section < end.section || (start.section === end.section && start.index <= end.index)
  const [first, last] = isForward ? [start, end] : [end, start]
  const ids: string[] = []
  for (let section = first.section; section <= last.section && ids.length < limit; section += 1) {
    const each = await collection.load(section)
    const from = section === first.section ? first.index : 0
    const to = section === last.section ? last.index + 1 : each?.items.length
    for (const { asset_id } of each?.items.slice(from, to) ?? []) ids.push(asset_id)
  }
  return ids.slice(0, limit)
}
