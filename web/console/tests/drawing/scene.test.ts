import { describe, expect, test } from 'vitest'
import type { Annotation } from '../../src/drawing/annotation'
import { unpacked } from '../../src/drawing/rasters/runs'
import { tintedMask } from '../../src/drawing/rasters/tinted-mask'
import { hit, sceneOf, within } from '../../src/drawing/scene'
import { type ImageGeometry, shapeOf, stylesOf } from '../../src/drawing/shapes'
import { around, fitted, panned, toImage, toScreen, zoomed } from '../../src/drawing/viewport'

const image: ImageGeometry = { size: [1000, 500], storedSize: [1000, 500], turn: 1 }
const styles = stylesOf([])

function annotation(id: string, facts: Partial<Annotation>): Annotation {
  return { annotation_id: id, type: 'detection', field: 'gt', ...facts } as Annotation
}

describe('scene', () => {
  const outer = annotation('outer', { bbox: [0.1, 0.1, 0.8, 0.8] })
  const inner = annotation('inner', { bbox: [0.4, 0.4, 0.2, 0.2], confidence: 0.4, field: 'model' })
  const label = annotation('label', { type: 'classification', label: 'fog' })

  test('finds the smallest shape that contains a point', () => {
    const scene = sceneOf([inner, outer, label], image, styles)
    expect(hit(scene, [500, 250], 4)?.annotation.annotation_id).toBe('inner')
    expect(hit(scene, [200, 100], 4)?.annotation.annotation_id).toBe('outer')
    expect(hit(scene, [20, 20], 4)).toBeUndefined()
  })

  test('finds the nearest line before a smaller area', () => {
    const scene = sceneOf([outer, annotation('wide', { bbox: [0.09, 0.2, 0.5, 0.1] })], image, styles)
    expect(hit(scene, [101, 120], 4)?.annotation.annotation_id).toBe('outer')
  })

  test('does not find a polygon in its hole', () => {
    const rings = [
      [0, 0],
      [1, 0],
      [1, 1],
      [0, 1],
    ]
    const holes = [
      [0.4, 0.4],
      [0.6, 0.4],
      [0.6, 0.6],
      [0.4, 0.6],
    ]
    const scene = sceneOf([annotation('p', { type: 'polygon', rings: [rings], holes: [holes] })], image, styles)
    expect(hit(scene, [500, 250], 4)).toBeUndefined()
    expect(hit(scene, [100, 250], 4)?.annotation.annotation_id).toBe('p')
  })

  test('counts what the least confidence hides in the layers that are shown', () => {
    const layers = { hiddenLayers: new Set<string>(), minConfidence: 0.5 }
    const scene = sceneOf([inner, outer, label], image, styles, layers)
    expect(scene.shapes.map((shape) => shape.annotation.annotation_id)).toEqual(['label', 'outer'])
    expect(scene.hiddenByConfidence).toBe(1)
    const hidden = sceneOf([inner, outer], image, styles, { ...layers, hiddenLayers: new Set(['model']) })
    expect(hidden.hiddenByConfidence).toBe(0)
  })

  test('lists what reaches into a part of the image', () => {
    const scene = sceneOf([inner, outer, label], image, styles)
    expect(within(scene, [0, 0, 110, 60]).map((shape) => shape.annotation.annotation_id)).toEqual(['outer'])
    expect(within(sceneOf([], image, styles), [0, 0, 1000, 500])).toEqual([])
  })

  test('says why a mask cannot be drawn', () => {
    const mask = { encoding: 'coco_rle', size: [2, 2], counts: [1, 2] } as unknown as NonNullable<Annotation['mask']>
    const shape = shapeOf(annotation('m', { type: 'mask', mask }), image, styles)
    expect(shape.problem).toMatch(/add up to 3 pixels, not to 4/)
    expect(() => unpacked('X')).toThrow(RangeError)
  })

  test('hover takes less than a millisecond among 10,000 boxes', () => {
    const boxes = Array.from({ length: 10_000 }, (_, at) =>
      annotation(`${at}`, { bbox: [(at % 100) / 100, Math.floor(at / 100) / 100, 0.03, 0.03] }),
    )
    const scene = sceneOf(boxes, image, styles)
    for (let at = 0; at < 200; at += 1) hit(scene, [at * 5, at * 2], 4)
    const started = performance.now()
    for (let at = 0; at < 200; at += 1) hit(scene, [at * 5, at * 2], 4)
    expect((performance.now() - started) / 200).toBeLessThan(1)
  })
})

test('a mask larger than the canvas keeps the share of each pixel', () => {
  const bitmap = { width: 4, height: 2, cells: Uint8Array.from([1, 1, 0, 0, 1, 0, 0, 0]) }
  const { width, height, data } = tintedMask(bitmap, [1, 2, 3], 2)
  expect([width, height]).toEqual([2, 1])
  expect([...data]).toEqual([1, 2, 3, 86, 1, 2, 3, 0])
})

describe('viewport', () => {
  test('shows the whole image in the middle', () => {
    const viewport = fitted([1000, 500], [532, 532])
    expect(toScreen(viewport, [500, 250])).toEqual([266, 266])
    expect(viewport.scale).toBe(0.5)
  })

  test('keeps the point under the pointer when it zooms', () => {
    const before = fitted([1000, 500], [500, 500])
    const point = toImage(before, [100, 220])
    const [x, y] = toScreen(zoomed(before, 2, [100, 220], [1000, 500], [500, 500]), point)
    expect(x).toBeCloseTo(100)
    expect(y).toBeCloseTo(220)
  })

  test('never loses the image', () => {
    const moved = panned(fitted([1000, 500], [500, 500]), [-1e6, 1e6], [1000, 500], [500, 500])
    const [right, top] = [toScreen(moved, [1000, 0])[0], moved.y]
    expect(right).toBeGreaterThan(0)
    expect(top).toBeLessThan(500)
  })

  test('brings an annotation into the middle', () => {
    const viewport = around([100, 100, 200, 150], [400, 400])
    const [x, y] = toScreen(viewport, [150, 125])
    expect([x, y]).toEqual([200, 200])
  })
})
