// @vitest-environment happy-dom
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Filter } from '@foveal/client'
import { describe, expect, it } from 'vitest'
import { DEFAULT_SORT, readAddress, writeAddress } from '../../src/gallery/address'
import { areaOf, type Box, withArea } from '../../src/gallery/filter/area'
import { EMPTY, fromFilter, toFilter } from '../../src/gallery/filter/model'
import { type Cell, clustersOf, extentOfBoxes, gridOf, inView, rounded } from '../../src/gallery/map/cells'
import { outlinesOf } from '../../src/gallery/map/land'
import {
  bounded,
  boxesOf,
  extentOf,
  fitted,
  graticule,
  MAX_LATITUDE,
  metresPerPixel,
  panned,
  project,
  readView,
  roundDown,
  type Size,
  toPosition,
  toScreen,
  unproject,
  type View,
  writeView,
  zoomed,
} from '../../src/gallery/map/projection'
import { areaWords, positionWords, shortCount } from '../../src/gallery/map/words'

const SIZE: Size = [700, 500]
const HAMBURG: View = { longitude: 9.99, latitude: 53.55, zoom: 9 }
const FIJI: View = { longitude: 179.5, latitude: -17, zoom: 6 }

/** Deterministic numbers between 0 and 1. */
function chance(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 16807) % 2147483647
    return state / 2147483647
  }
}

describe('projection', () => {
  it('is Mercator: a square of the world, the equator in its middle', () => {
    expect(project(-180, MAX_LATITUDE)).toEqual([0, expect.closeTo(0, 9)])
    expect(project(180, -MAX_LATITUDE)).toEqual([1, expect.closeTo(1, 9)])
    expect(project(0, 0)).toEqual([0.5, expect.closeTo(0.5, 12)])
    expect(project(0, 90)).toEqual(project(0, MAX_LATITUDE))
  })

  it('comes back from the map to the same position', () => {
    const next = chance(3)
    for (let n = 0; n < 200; n += 1) {
      const [longitude, latitude] = [next() * 360 - 180, next() * 168 - 84]
      expect(unproject(project(longitude, latitude))).toEqual([
        expect.closeTo(longitude, 9),
        expect.closeTo(latitude, 9),
      ])
      const view = bounded({ longitude: next() * 360 - 180, latitude: next() * 140 - 70, zoom: 2 + next() * 14 }, SIZE)
      const at = [next() * 700, next() * 500] as const
      const [x, y] = toPosition(view, SIZE, at)
      if (Math.abs(x - view.longitude) < 179) expect(toScreen(view, SIZE, x, y)[0]).toBeCloseTo(at[0], 3)
    }
  })

  it('keeps the position under the pointer while it zooms', () => {
    for (const view of [HAMBURG, FIJI]) {
      const before = toPosition(view, SIZE, [100, 60])
      const next = zoomed(view, SIZE, 1.5, [100, 60])
      expect(next.zoom).toBe(view.zoom + 1.5)
      const [x, y] = toScreen(next, SIZE, ...before)
      expect([x, y]).toEqual([expect.closeTo(100, 3), expect.closeTo(60, 3)])
    }
  })

  it('shows nothing beyond the poles, and the world once across', () => {
    const whole = bounded({ longitude: 0, latitude: 89, zoom: 0 }, [800, 400])
    expect(whole.zoom).toBeCloseTo(Math.log2(800 / 256), 9)
    const [west, , east, north] = extentOf(whole, [800, 400])
    expect(east - west).toBeCloseTo(360, 6)
    expect(north).toBe(90)
    expect(panned(FIJI, SIZE, [700, 0]).longitude).toBeCloseTo(-165.119, 3)
  })

  it('fits an extent that lies across the antimeridian', () => {
    const view = fitted([177, -20, 183, -15], SIZE)
    expect(Math.abs(view.longitude)).toBeCloseTo(180, 6)
    const [west, south, east, north] = extentOf(view, SIZE)
    const turn = west > 0 ? 0 : 360
    expect(west + turn).toBeLessThan(177)
    expect(east + turn).toBeGreaterThan(183)
    expect(south).toBeLessThan(-20)
    expect(north).toBeGreaterThan(-15)
  })

  it('leaves the circles at the edges of an extent beside the buttons, on a phone too', () => {
    const [circle, buttons] = [14, 56]
    const phone = [390, 406] as const
    const [x] = toScreen(fitted([-74, 36, 139.4, 48.4], phone), phone, 139.4, 36)
    expect(x).toBeLessThan(phone[0] - buttons - circle)
  })

  it('divides an extent across the antimeridian into two boxes', () => {
    expect(boxesOf([170, -10, 190, 10])).toEqual([
      [170, -10, 180, 10],
      [-180, -10, -170, 10],
    ])
    expect(boxesOf([-190, -10, -175, 10])).toEqual([
      [170, -10, 180, 10],
      [-180, -10, -175, 10],
    ])
    expect(boxesOf([-200, -90, 200, 90])).toEqual([[-180, -90, 180, 90]])
    expect(boxesOf([1, 2, 3, 4])).toEqual([[1, 2, 3, 4]])
  })

  it('has a scale that Mercator stretches towards the poles', () => {
    expect(metresPerPixel({ longitude: 0, latitude: 0, zoom: 0 })).toBeCloseTo(156543.03, 1)
    expect(metresPerPixel({ longitude: 0, latitude: 60, zoom: 1 })).toBeCloseTo(156543.03 / 4, 1)
    expect([999, 1000, 0.7, 4.9].map(roundDown)).toEqual([500, 1000, 0.5, 2])
  })

  it('draws a graticule of a few lines at every zoom', () => {
    for (let zoom = 2; zoom <= 18; zoom += 0.5) {
      const { meridians, parallels, digits } = graticule({ ...HAMBURG, zoom }, SIZE)
      expect(meridians.length + parallels.length).toBeGreaterThan(3)
      expect(meridians.length).toBeLessThan(14)
      for (const each of meridians) expect(Number(each.toFixed(digits))).toBeCloseTo(each, 9)
    }
  })

  it('is written into an address and read again, to the pixel', () => {
    for (const view of [HAMBURG, FIJI, { longitude: -0.123456789, latitude: 51.5, zoom: 17.5 }]) {
      const again = readView(writeView(view)) as View
      const [x, y] = toScreen(again, SIZE, view.longitude, view.latitude)
      expect(Math.hypot(x - 350, y - 250)).toBeLessThan(2)
    }
    for (const text of ['all', '', '91,0,3', '1,2', '1,2,x']) expect(readView(text)).toBeUndefined()
  })
})

describe('grid', () => {
  it('is aligned and covers the view, with fewer cells than the API takes', () => {
    const next = chance(9)
    for (let n = 0; n < 300; n += 1) {
      const size: Size = [320 + next() * 5000, 300 + next() * 2500]
      const view = bounded({ longitude: next() * 360 - 180, latitude: next() * 170 - 85, zoom: next() * 18 }, size)
      const { degrees, bbox } = gridOf(view, size)
      const [west, south, east, north] = bbox
      for (const [value, from] of [
        [west, -180],
        [east, -180],
      ] as const)
        expect(((value - from) / degrees) % 1).toBeCloseTo(0, 6)
      const width = west < east ? east - west : east - west + 360
      expect(west).not.toBe(east)
      expect(Math.ceil(width / degrees) * Math.ceil((north - south) / degrees)).toBeLessThanOrEqual(5_000)
      const [, low, , high] = extentOf(view, size)
      expect(south).toBeLessThanOrEqual(low)
      expect(north).toBeGreaterThanOrEqual(high)
      expect(Math.max(Math.abs(west), Math.abs(east))).toBeLessThanOrEqual(180)
    }
  })

  it('lies across the antimeridian where the view does', () => {
    const { bbox } = gridOf(FIJI, SIZE)
    expect(bbox[0]).toBeGreaterThan(bbox[2])
  })
})

function cellsOf(count: number, seed: number, spread: number): Cell[] {
  const next = chance(seed)
  return Array.from({ length: count }, (_, n) => {
    const [x, y] = [170 + next() * spread, next() * spread - spread / 2]
    const longitude = x > 180 ? x - 360 : x
    return {
      count: Math.ceil(next() ** 6 * 5000),
      longitude,
      latitude: y,
      bbox: [longitude, y, longitude, y],
      asset_id: `${n}`,
    }
  })
}

describe('clusters', () => {
  it('hold every asset once, and their circles do not overlap', () => {
    const cells = cellsOf(300, 5, 60)
    const view: View = { longitude: 178, latitude: 0, zoom: 4 }
    const clusters = clustersOf(cells, view.zoom, view.longitude)
    const sum = (items: readonly { count: number }[]) => items.reduce((all, { count }) => all + count, 0)
    expect(sum(clusters)).toBe(sum(cells))
    expect(clusters.flatMap(({ boxes }) => boxes).length).toBe(cells.length)
    const places = clusters.map((each) => ({
      ...each,
      at: toScreen(view, [9000, 9000], each.longitude, each.latitude),
    }))
    for (const [index, one] of places.entries())
      for (const other of places.slice(index + 1)) {
        if (one.boxes.length + other.boxes.length > 24) continue
        const distance = Math.hypot(one.at[0] - other.at[0], one.at[1] - other.at[1])
        expect(distance).toBeGreaterThanOrEqual(one.radius + other.radius - 1e-6)
      }
  })

  it('join what lies on both sides of the antimeridian', () => {
    const cell = (longitude: number): Cell => ({
      count: 3,
      longitude,
      latitude: 0,
      bbox: [longitude, 0, longitude, 0],
      asset_id: String(longitude),
    })
    const [cluster, ...others] = clustersOf([cell(179.9), cell(-179.9)], 4, 180)
    expect(others).toEqual([])
    expect(cluster?.longitude).toBeCloseTo(180, 9)
    expect(extentOfBoxes(cluster?.boxes ?? [])).toEqual([179.9, 0, 180.1, 0])
  })

  it('are in view where their middle is: cells reach beyond the edges', () => {
    const view: View = { longitude: 179, latitude: 0, zoom: 4 }
    const clusters = clustersOf(cellsOf(300, 5, 60), view.zoom, view.longitude)
    const [west, south, east, north] = extentOf(view, SIZE)
    const expected = clusters.filter(
      ({ longitude, latitude }) => longitude >= west && longitude <= east && latitude >= south && latitude <= north,
    )
    expect(inView(clusters, view, SIZE)).toEqual(expected)
    expect(expected.length).toBeGreaterThan(0)
    expect(expected.length).toBeLessThan(clusters.length)
  })

  it('have an extent that leaves out the widest gap', () => {
    const boxes: Box[] = [
      [-179, -18, -178, -16],
      [177, -17, 179, -15],
    ]
    expect(extentOfBoxes(boxes)).toEqual([177, -18, 182, -15])
    expect(
      extentOfBoxes([
        [5, 1, 6, 2],
        [9, 0, 10, 1],
      ]),
    ).toEqual([5, 0, 10, 2])
    expect(extentOfBoxes([])).toBeUndefined()
  })

  it('have short counts', () => {
    expect([1, 999, 1234, 56_789].map(shortCount)).toEqual(['1', '999', '1.2K', '57K'])
  })
})

describe('areas', () => {
  const boxes: Box[] = [
    [170, -20, 180, -10],
    [-180, -20, -170, -10],
  ]

  it.each([[boxes], [boxes.slice(0, 1)]])('are kept in the address in plain numbers', (area) => {
    const filter = withArea(fromFilter({ field: 'tags', eq: 'night' } as Filter), area)
    const written = writeAddress({ filter, sort: DEFAULT_SORT, map: '1,2,3' })
    expect(written).toEqual({ map: '1,2,3', tags: 'night', within: area.join(';') })
    const read = readAddress(JSON.parse(JSON.stringify(written)))
    expect(toFilter(read.filter)).toEqual(toFilter(filter))
    expect(read.map).toBe('1,2,3')
    expect(areaOf(read.filter.more[0] as Filter)).toEqual(area)
  })

  it.each(['', '1,2,3', '1,2,1,4', 'x,1,2,3', '5,1,4,2', '1,2,3,4;'])('are none in %j', (within) => {
    expect(readAddress({ within }).filter).toEqual(EMPTY)
  })

  it('replace the area before, and leave other conditions', () => {
    const other = { near: { longitude: 1, latitude: 2, metres: 3 } } as Filter
    const ring = {
      within: [
        [0, 0],
        [1, 0],
        [0, 1],
        [0, 0],
      ],
    } as Filter
    const filter = withArea(withArea({ ...EMPTY, more: [other, ring] }, boxes), [[1, 2, 3, 4]])
    expect(filter.more.map((each) => areaOf(each))).toEqual([undefined, undefined, [[1, 2, 3, 4]]])
    expect(withArea(filter, []).more).toEqual([other, ring])
  })

  it('are rounded outward, and have width and height', () => {
    const [spot, edge, box] = rounded([
      [9.9833333333, 53.5, 9.9833333333, 53.5],
      [180, 90, 180, 90],
      [1.00000049, 2, 3.00000051, 4],
    ]) as [Box, Box, Box]
    expect(spot).toEqual([9.983333, 53.5, 9.983334, 53.500001])
    expect(edge).toEqual([179.999999, 89.999999, 180, 90])
    expect(box).toEqual([1, 2, 3.000001, 4])
  })

  it('are told by their corners', () => {
    expect(areaWords([[9.5, 53.25, 10.5, 53.75]])).toBe('53.3° N, 9.5° E – 53.8° N, 10.5° E')
    expect(areaWords(boxes)).toBe('20° S, 170° E – 10° S, 170° W')
    expect(positionWords(-70.25, -33.5, 1)).toBe('33.5° S, 70.3° W')
  })
})

describe('land', () => {
  it.each(['110m', '50m'])('of 1 : %s has outlines of the whole world', (scale) => {
    const path = createRequire(import.meta.url).resolve(`world-atlas/land-${scale}.json`)
    const outlines = outlinesOf(JSON.parse(readFileSync(path, 'utf8')))
    expect(outlines.length).toBeGreaterThan(100)
    for (const { path } of outlines) expect(/^(M[\d. L-]+Z)+$/.test(path)).toBe(true)
    // No line leads across the map where an outline goes on beyond 180°.
    const steps = outlines.flatMap(({ path }) =>
      path.split(/[MZ]+/).flatMap((ring) => {
        const points = ring.split('L').map((each) => each.split(' ').map(Number))
        return points.slice(1).map(([x = 0, y = 0], at) => (y > 4090 ? 0 : Math.abs(x - (points[at]?.[0] ?? 0))))
      }),
    )
    expect(Math.max(...steps)).toBeLessThan(300)
    const holding = (longitude: number, latitude: number) =>
      outlines.filter(({ box: [w, s, e, n] }) => w <= longitude && longitude <= e && s <= latitude && latitude <= n)
        .length
    expect(holding(10, 51)).toBeGreaterThan(0)
    expect(holding(-175, 40)).toBe(0)
  })
})
