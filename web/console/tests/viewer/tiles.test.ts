import { describe, expect, test, vi } from 'vitest'
import { MAX_AT_ONCE, MAX_KEPT, type Picture, TileLayer } from '../../src/viewer/tiles/layer'
import { boundsOf, keyOf, levelAt, type Tile, tilesIn } from '../../src/viewer/tiles/layout'

const source = {
  width: 20_000,
  height: 15_000,
  tile_size: 512,
  levels: [313, 625, 1250, 2500, 5000, 10_000, 20_000].map((width) => ({ width, height: Math.ceil(width * 0.75) })),
}

describe('level', () => {
  test('is the smallest that is sharp, and none where the preview is', () => {
    const levels = [0.03, 0.064, 0.1, 0.125, 0.2, 0.5, 1, 8].map((scale) => levelAt(source, scale, 1280))
    expect(levels).toEqual([undefined, undefined, 3, 3, 4, 5, 6, 6])
  })
})

describe('tiles', () => {
  test('cover a part of the picture, the nearest to its middle first', () => {
    const tiles = tilesIn(source, 6, [1000, 1000, 2600, 1600])
    expect(tiles.map(({ column }) => column).sort()).toEqual(
      [1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4, 5, 5, 5].slice(0, tiles.length),
    )
    expect(keyOf(tiles[0] as Tile)).toBe('6/3/2')
    for (const tile of tilesIn(source, 4, [-50, -50, 99_999, 99_999])) {
      const [left, top, right, bottom] = boundsOf(source, tile)
      expect([left >= 0, top >= 0, right <= 20_000, bottom <= 15_000, left < right, top < bottom]).not.toContain(false)
    }
  })

  test('at the edges end with the picture', () => {
    expect(boundsOf(source, { level: 6, column: 39, row: 29 })).toEqual([19_968, 14_848, 20_000, 15_000])
    expect(tilesIn(source, 6, [30_000, 0, 40_000, 100])).toEqual([])
  })
})

describe('layer', () => {
  const setUp = () => {
    const asked: { key: string; signal: AbortSignal; answer: (picture: Picture) => void; fail: () => void }[] = []
    const closed = vi.fn()
    const load = (tile: Tile, signal: AbortSignal) =>
      new Promise<Picture>((answer, fail) => {
        asked.push({ key: keyOf(tile), signal, answer, fail: () => fail(new Error('no')) })
        signal.addEventListener('abort', () => fail(signal.reason))
      })
    const layer = new TileLayer({ source, baseWidth: 1280, load, waitMs: () => 1000 })
    return { layer, asked, closed, picture: { width: 512, height: 512, close: closed } }
  }
  const settle = () => new Promise((resolve) => setTimeout(resolve))

  test('loads a few at once, and what is out of view no more', async () => {
    const { layer, asked } = setUp()
    layer.look({ scale: 1, x: 0, y: 0 }, [1500, 1500], 1)
    expect(asked).toHaveLength(MAX_AT_ONCE)
    layer.look({ scale: 1, x: -9000, y: -9000 }, [1500, 1500], 1)
    expect(asked.every(({ signal }) => signal.aborted)).toBe(true)
    await settle()
    expect(asked).toHaveLength(2 * MAX_AT_ONCE)
    expect(asked.slice(MAX_AT_ONCE).every(({ key }) => Number(key.split('/')[1]) >= 17)).toBe(true)
    layer.close()
  })

  test('keeps a bounded number of tiles, and gives the memory of others back', async () => {
    const { layer, asked, picture, closed } = setUp()
    for (let at = 0; at < 40; at += 1) {
      layer.look({ scale: 1, x: -400 * at, y: -300 * at }, [2400, 1800], 1)
      while (layer.missing) {
        for (const each of asked.splice(0)) each.answer(picture)
        await settle()
      }
      expect(layer.size).toBeLessThanOrEqual(MAX_KEPT)
    }
    expect(layer.size).toBe(MAX_KEPT)
    expect(closed.mock.calls.length).toBeGreaterThan(50)
    layer.close()
    expect(layer.size).toBe(0)
  })

  test('asks again for a tile that failed, after a while', async () => {
    vi.useFakeTimers()
    const { layer, asked } = setUp()
    layer.look({ scale: 1, x: 0, y: 0 }, [500, 500], 1)
    asked[0]?.fail()
    await vi.advanceTimersByTimeAsync(500)
    expect(asked).toHaveLength(1)
    await vi.advanceTimersByTimeAsync(600)
    expect(asked).toHaveLength(2)
    layer.close()
    vi.useRealTimers()
  })
})
