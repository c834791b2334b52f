import { describe, expect, it } from 'vitest'
import { between, find, moved } from '../../src/gallery/grid/moves'
import { Collection, type Reader } from '../../src/gallery/scroll/collection'
import { type Grid, justify } from '../../src/gallery/scroll/justify'
import { MAX_BOX_PX, ScrollMap } from '../../src/gallery/scroll/scroll-map'
import { type Item, sectionsOf } from '../../src/gallery/scroll/sections'

const grid: Grid = { width: 1000, rowHeight: 200, gap: 4 }

/** Ratios that look like those of photos, the same at every run. */
function ratios(count: number, seed = 1): number[] {
  let state = seed
  return Array.from({ length: count }, () => {
    state = (state * 48271) % 2147483647
    return [0.75, 1, 4 / 3, 1.5, 16 / 9][state % 5] as number
  })
}

describe('justify', () => {
  it('fills every row to the width of the page', () => {
    for (let count = 5; count < 120; count += 1) {
      const { rows, height } = justify(ratios(count, count), grid)
      for (const row of rows) {
        const last = row.boxes.at(-1)
        expect((last?.x ?? 0) + (last?.width ?? 0)).toBe(1000)
        expect(row.height).toBeGreaterThan(100)
        expect(row.height).toBeLessThan(400)
      }
      expect(rows.flatMap(({ boxes }) => boxes.map(({ index }) => index))).toEqual([...Array(count).keys()])
      const last = rows.at(-1)
      expect(height).toBe((last?.y ?? 0) + (last?.height ?? 0) + grid.gap)
    }
  })

  it('keeps the rows of a beginning when more pictures follow, but for its last four', () => {
    const all = ratios(300)
    const whole = justify(all, grid).rows
    for (const count of [40, 80, 81, 123]) {
      const rows = justify(all.slice(0, count), grid, true).rows.slice(0, -1)
      expect(rows).toEqual(whole.slice(0, rows.length))
    }
  })

  it('does not stretch a few pictures over the whole width', () => {
    const { rows } = justify([1.5], grid)
    expect(rows).toEqual([{ y: 0, height: 200, boxes: [{ index: 0, x: 0, width: 300 }] }])
  })
})

describe('sections', () => {
  it('joins small buckets, and names each value of the order once', () => {
    const found = sectionsOf<Item>([0, 10, 20, 30, 40], [50, 60, 500, 20], true)
    expect(found.map(({ range, count }) => [range, count])).toEqual([
      [{ gte: 30, lte: 40 }, 20],
      [{ gte: 20, lt: 30 }, 500],
      [{ gte: 0, lt: 20 }, 110],
    ])
  })
})

describe('ScrollMap', () => {
  it('is the box itself while the layout fits into it', () => {
    const map = new ScrollMap(1)
    map.resize(50_000, 800)
    expect(map.box).toBe(50_000)
    for (const top of [30, 400, 20_000, 49_200]) {
      map.scrolled(top)
      expect(map.offset).toBe(top)
      expect(map.shift).toBe(0)
    }
  })

  it('caps the box, moves small steps one to one, and jumps in proportion', () => {
    const map = new ScrollMap(2)
    map.resize(40_000_000, 800)
    expect(map.box).toBe(MAX_BOX_PX / 2)
    map.scrolled(map.box / 2)
    expect(map.offset / 40_000_000).toBeCloseTo(0.5, 3)
    const before = map.offset
    map.scrolled(map.box / 2 + 100)
    expect(map.offset - before).toBeCloseTo(100, 6)
  })

  it('reaches both ends of the layout by small steps', () => {
    const map = new ScrollMap(1)
    map.resize(40_000_000, 800)
    map.scrolled(10_000)
    let top = 10_000
    while (top > 0) {
      top = Math.max(0, top - 120)
      map.scrolled(top)
    }
    expect(map.offset).toBe(0)
    top = map.box - map.view - 10_000
    map.scrolled(top)
    while (top < map.box - map.view) {
      top = Math.min(map.box - map.view, top + 120)
      map.scrolled(top)
    }
    expect(map.offset).toBeCloseTo(map.layout - map.view, 3)
  })

  it('keeps the place when the box is set to its rest position', () => {
    const map = new ScrollMap(1)
    map.resize(40_000_000, 800)
    map.scrolled(5_000_000)
    for (let step = 1; step <= 50; step += 1) map.scrolled(5_000_000 + step * 100)
    const offset = map.offset
    map.rested(map.restPosition)
    expect(map.offset).toBe(offset)
    expect(map.shift).toBeCloseTo(map.restPosition - offset, 6)
  })
})

/** A project of `count` assets, one in each second from 0 on, in memory. */
function reader(count: number, instantOf = (index: number) => index * 1000) {
  const log = { pages: 0, histograms: 0, inFlight: 0, most: 0 }
  const counted = async <R>(work: () => R): Promise<R> => {
    log.inFlight += 1
    log.most = Math.max(log.most, log.inFlight)
    await new Promise((resolve) => setTimeout(resolve, 1))
    log.inFlight -= 1
    return work()
  }
  const inRange = (range: { gte?: number; lt?: number; lte?: number }) => {
    const found: number[] = []
    for (let index = count - 1; index >= 0; index -= 1) {
      const value = instantOf(index)
      if (value < (range.gte ?? -1) || value >= (range.lt ?? Infinity) || value > (range.lte ?? Infinity)) continue
      found.push(index)
    }
    return found
  }
  const found: Reader<Item & { place: number }> = {
    count: () => counted(() => count),
    first: (limit, signal) => found.page({}, limit, undefined, signal),
    histogram: (range, buckets) =>
      counted(() => {
        log.histograms += 1
        const values = inRange(range).map(instantOf)
        const [low, high] = [values.at(-1) ?? 0, values[0] ?? 0]
        if (low === high) return { boundaries: [low, high], counts: [values.length], total: count }
        const boundaries = Array.from({ length: buckets + 1 }, (_, n) => Math.floor(low + ((high - low) * n) / buckets))
        const counts = Array(buckets).fill(0) as number[]
        for (const value of values) {
          let bucket = Math.min(buckets - 1, Math.floor(((value - low) / (high - low)) * buckets))
          while (value < (boundaries[bucket] as number)) bucket -= 1
          while (bucket < buckets - 1 && value >= (boundaries[bucket + 1] as number)) bucket += 1
          counts[bucket] = (counts[bucket] ?? 0) + 1
        }
        return { boundaries, counts, total: count }
      }),
    page: (range, limit, token) =>
      counted(() => {
        log.pages += 1
        const from = Number(token ?? 0)
        const all = inRange(range)
        const items = all
          .slice(from, from + limit)
          .map((index) => ({ asset_id: `a${index}`, width: [3, 4, 2][index % 3] ?? 3, height: 2, place: index }))
        return { items, nextToken: from + limit < all.length ? String(from + limit) : undefined }
      }),
  }
  return { log, reader: found }
}

const order = { hasHistogram: true, isDescending: true }
const settled = async (collection: Collection<Item & { place: number }>) => {
  for (let quiet = 0, version = -1; quiet < 5; quiet = collection.version === version ? quiet + 1 : 0) {
    version = collection.version
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

/** First picture of the row at the upper edge of the view, and how far its row is away. */
const atEdge = (collection: Collection<Item & { place: number }>) => {
  const y = collection.offset
  const [{ section } = {}] = collection.between(y, y + 1)
  const row = section?.rows.find((each) => section.top + each.y + each.height > y)
  return { id: section?.items[row?.boxes[0]?.index ?? -1]?.asset_id, y: (section?.top ?? 0) + (row?.y ?? 0) - y }
}

describe('Collection', () => {
  it('shows the oldest assets after one jump, without reading those in between', async () => {
    const { log, reader: source } = reader(100_000)
    const collection = new Collection(source, order)
    collection.setGrid(grid)
    await collection.open()
    await settled(collection)
    expect(collection.total).toBe(100_000)
    const pages = log.pages
    collection.look(collection.height - 800, 800)
    await settled(collection)
    collection.look(collection.height - 800, 800)
    await settled(collection)
    const last = collection.sections.at(-1)
    expect(last?.state).toBe('loaded')
    expect(last?.items.at(-1)?.place).toBe(0)
    expect(log.pages - pages).toBeLessThan(20)
    expect(log.most).toBeLessThanOrEqual(6)
  })

  it('has every asset once, in order, when all sections are read', async () => {
    const { reader: source } = reader(3_000)
    const collection = new Collection(source, order)
    collection.setGrid(grid)
    await collection.open()
    for (let index = 0; index < collection.sections.length; index += 1) {
      const before = collection.sections[index]
      await collection.load(index)
      if (collection.sections[index] !== before) index -= 1
    }
    const places = collection.sections.flatMap(({ items }) => items.map(({ place }) => place))
    expect(places).toEqual(Array.from({ length: 3_000 }, (_, n) => 2_999 - n))
  })

  it('asks again for what has failed, and only then', async () => {
    const { reader: source } = reader(3_000)
    let isOnline = true
    const page: typeof source.page = (...asked) =>
      isOnline ? source.page(...asked) : Promise.reject(new TypeError('Failed to fetch'))
    const collection = new Collection({ ...source, page }, order)
    collection.setGrid(grid)
    await collection.open()
    await settled(collection)
    isOnline = false
    collection.look(collection.height - 800, 800)
    await settled(collection)
    expect(collection.sections.at(-1)?.state).toBe('failed')
    isOnline = true
    collection.look(collection.height - 800, 800)
    await settled(collection)
    expect(collection.sections.at(-1)?.state).toBe('failed')
    collection.retry()
    await settled(collection)
    expect(collection.sections.at(-1)?.state).toBe('loaded')
    expect(collection.sections.filter(({ state }) => state === 'failed')).toEqual([])
  })

  it('reads assets of one instant page after page', async () => {
    const { reader: source } = reader(1_500, () => 7)
    const collection = new Collection(source, order)
    collection.setGrid(grid)
    await collection.open()
    collection.look(0, 100_000)
    await settled(collection)
    const ids = collection.sections.flatMap(({ items }) => items.map(({ asset_id }) => asset_id))
    expect(new Set(ids).size).toBe(1_500)
  })

  it('does not move what is at the upper edge when sections above turn out higher', async () => {
    const { reader: source } = reader(20_000)
    const collection = new Collection(source, order)
    collection.setGrid(grid)
    await collection.open()
    collection.look(collection.height / 2, 800)
    await settled(collection)
    const before = atEdge(collection)
    const place = collection.sections.findIndex(({ top, height }) => top + height > collection.offset)
    for (let index = Math.max(0, place - 6); index < place; index += 1) await collection.load(index)
    expect(before.id).toBeDefined()
    expect(atEdge(collection)).toEqual(before)
  })

  it.each([
    ['the section has a page', (index: number) => index * 1000],
    ['the section is divided', (index: number) => (index < 4_000 ? index : 10_000_000 + index)],
  ])('does not move what is at the upper edge when the rest of the first page arrives: %s', async (_, instantOf) => {
    const { reader: source } = reader(5_000, instantOf)
    let arrive = () => {}
    const rest = new Promise<void>((resolve) => {
      arrive = resolve
    })
    const page: typeof source.page = async (...asked) => {
      await rest
      const found = await source.page(...asked)
      return { ...found, items: found.items.map((each) => (each.place < 4_900 ? { ...each, width: 1 } : each)) }
    }
    const collection = new Collection({ ...source, page }, order)
    collection.setGrid(grid)
    await collection.open()
    collection.look(1_000, 800)
    const before = { at: atEdge(collection), height: collection.height }
    arrive()
    await settled(collection)
    expect(before.at.id).toBeDefined()
    expect(collection.height).not.toBe(before.height)
    expect(atEdge(collection)).toEqual(before.at)
  })

  it('keeps the picture at the upper edge when the page becomes narrower', async () => {
    const { reader: source } = reader(5_000)
    const collection = new Collection(source, order)
    collection.setGrid(grid)
    await collection.open()
    collection.look(2_400, 800)
    await settled(collection)
    const { id } = atEdge(collection)
    collection.setGrid({ ...grid, width: 370 })
    const [{ section } = {}] = collection.between(collection.offset, collection.offset + 1)
    const row = section?.rows.find((each) => section.top + each.y + each.height > collection.offset)
    expect(row?.boxes.map(({ index }) => section?.items[index]?.asset_id)).toContain(id)
  })

  it('keeps the tiles of the first page where they are when the counts arrive', async () => {
    const { reader: source } = reader(5_000)
    const collection = new Collection(source, order)
    collection.setGrid(grid)
    const seen: string[] = []
    collection.subscribe(() => {
      const rows = collection.sections[0]?.rows.slice(0, 6) ?? []
      if (rows.length === 6) seen.push(JSON.stringify(rows))
    })
    await collection.open()
    collection.look(0, 800)
    await settled(collection)
    expect(seen.length).toBeGreaterThan(2)
    expect(new Set(seen).size).toBe(1)
  })
})

describe('moves', () => {
  const opened = async (count: number) => {
    const collection = new Collection(reader(count).reader, order)
    collection.setGrid(grid)
    await collection.open()
    collection.look(0, 800)
    await settled(collection)
    return collection
  }

  it('go to both ends although nothing is active, and there is nothing beyond them', async () => {
    const collection = await opened(5_000)
    const last = await moved(collection, undefined, 'last')
    expect(last?.item.place).toBe(0)
    expect(await moved(collection, last, 'right')).toBeUndefined()
    const first = await moved(collection, last, 'first')
    expect(first?.item.place).toBe(4_999)
    expect(await moved(collection, first, 'left')).toBeUndefined()
  })

  it('go through every asset to the right, also over sections that were not there', async () => {
    const collection = await opened(900)
    let at = await moved(collection, undefined, 'first')
    const places: (number | undefined)[] = []
    while (at) {
      places.push(at.item.place)
      at = await moved(collection, find(collection, at.item.asset_id), 'right')
    }
    expect(places).toEqual(Array.from({ length: 900 }, (_, n) => 899 - n))
  })

  it('go down to the asset below, and up to the same row again', async () => {
    const collection = await opened(900)
    const first = await moved(collection, undefined, 'first')
    const below = await moved(collection, first, 'down')
    expect(below?.item.place).toBeLessThan(899 - 2)
    const above = await moved(collection, below, 'up')
    expect(above?.item.place).toBeGreaterThan(below?.item.place ?? 0)
  })

  it('take in everything between two assets, whichever was first', async () => {
    const collection = await opened(900)
    const ids = await between(collection, 'a880', 'a899', 5_000)
    expect(ids).toHaveLength(20)
    expect(await between(collection, 'a899', 'a880', 5_000)).toEqual(ids)
  })
})
