/** Vectors that the server's drawing wrote (`tools/drawing_vectors.py`) hold for the console's drawing. */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { Annotation } from '../../src/drawing/annotation'
import { colourOf, textOn } from '../../src/drawing/colours'
import { interpolated, onFrame } from '../../src/drawing/geometry/interpolation'
import { displayed, type Orientation, stored, turnedSize } from '../../src/drawing/geometry/orientation'
import type { Point } from '../../src/drawing/geometry/points'
import { covers } from '../../src/drawing/geometry/temporal'
import { heatOf } from '../../src/drawing/rasters/heatmaps'
import { packed, unpacked } from '../../src/drawing/rasters/runs'
import { type ImageGeometry, imageGeometry, shapeOf, shapesOf, stylesOf } from '../../src/drawing/shapes'

const golden = JSON.parse(readFileSync(new URL('golden.json', import.meta.url), 'utf8'))
const styles = stylesOf([{ labels: golden.schema_labels }])
const DIGITS = 4

function expectClose(found: unknown, expected: unknown): void {
  if (typeof expected === 'number') expect(found).toBeCloseTo(expected, DIGITS)
  else if (Array.isArray(expected)) {
    expect(found).toHaveLength(expected.length)
    expected.forEach((each, at) => {
      expectClose((found as unknown[])[at], each)
    })
  } else if (typeof expected === 'object' && expected !== null) {
    for (const [name, each] of Object.entries(expected)) expectClose((found as Record<string, unknown>)[name], each)
  } else expect(found ?? null).toEqual(expected)
}

/** Return the pixels of rectangles in an image, row by row. */
function painted(rectangles: number[][], [width = 0, height = 0]: number[]): string[] {
  const rows = Array.from({ length: height }, () => Array<string>(width).fill('.'))
  for (const [x = 0, y = 0, across = 0, down = 0] of rectangles)
    for (const row of rows.slice(y, y + down)) row.fill('#', x, x + across)
  return rows.map((row) => row.join(''))
}

describe('drawing', () => {
  test.each<{ label: string; colour: number[]; text: number[] }>(golden.colours)('colour of $label', (vector) => {
    const colour = colourOf(vector.label, new Map())
    expect(colour).toEqual(vector.colour)
    expect(textOn(colour)).toEqual(vector.text)
  })

  test.each<(typeof golden.shapes)[number]>(golden.shapes)(
    'shape of $name',
    async ({ annotation, asset, expected }) => {
      const image = imageGeometry(asset) as ImageGeometry
      const given = { annotation_id: 'a', field: 'gt', ...annotation } as Annotation
      const shape = shapeOf(given, image, styles)
      expect(shape.colour).toEqual(expected.colour)
      expect(shape.caption).toBe(expected.caption)
      expect(shape.isFilled).toBe(expected.is_filled)
      expectClose(shape.bounds, expected.bounds)
      for (const part of ['rings', 'holes', 'lines'] as const) expectClose(shape[part], expected[part])
      const dots = shape.dots.flatMap(({ at, isVisible }) => (at ? [[...at, isVisible]] : []))
      expectClose(dots, expected.dots)
      if (expected.mask) {
        expect(shape.mask?.size).toEqual(expected.mask.size)
        const [left = 0, top = 0] = shape.mask?.bounds ?? []
        const { width, height, cells } = shape.mask?.bitmap() ?? { width: 0, height: 0, cells: [] }
        const pixels = Array.from(cells).flatMap((cell, at) =>
          cell ? [[left + (at % width), top + Math.floor(at / width), 1, 1]] : [],
        )
        expect(width * height).toBe(cells.length)
        expect(painted(pixels, expected.mask.size)).toEqual(painted(expected.mask.rectangles, expected.mask.size))
      } else expect(shape.mask).toBeUndefined()
      if (expected.heat) {
        const heat = await heatOf(annotation.map)
        expect([heat.width, heat.height]).toEqual(expected.heat.size)
        expect([...heat.cells]).toEqual(expected.heat.cells)
      }
    },
  )

  test('order of shapes', () => {
    for (const { annotations, expected } of golden.orders) {
      const shapes = shapesOf(annotations, { size: [100, 100], storedSize: [100, 100], turn: 1 }, styles)
      expect(shapes.map((shape) => shape.annotation.annotation_id)).toEqual(expected)
    }
  })

  test('interpolation between key frames', () => {
    for (const { one, other, frame, expected } of golden.interpolations)
      expectClose(interpolated(one, other ?? undefined, frame), expected)
  })

  test('annotations of each frame', () => {
    golden.frames.expected.forEach((expected: unknown, frame: number) => {
      const found = onFrame(golden.frames.annotations, frame, () => true)
      expectClose(
        found.map((each) => [each.annotation_id, ...(each.bbox ?? [])]),
        expected,
      )
    })
  })

  test('packed runs', () => {
    for (const { runs, text } of golden.packed) {
      expect(unpacked(text)).toEqual(runs)
      expect(packed(runs)).toBe(text)
    }
  })

  test('orientations', () => {
    for (const each of golden.orientations) {
      const turn = each.orientation as Orientation
      expect(turnedSize([30, 20], turn)).toEqual(each.size)
      expectClose(
        each.points.map((point: Point) => displayed(point, turn)),
        each.displayed,
      )
      expectClose(
        each.points.map((point: Point) => stored(point, turn)),
        each.stored,
      )
    }
  })

  test('frames that a support covers', () => {
    for (const { support, asset, covered } of golden.supports) {
      const found = Array.from({ length: 12 }, (_, at) => at).filter((at) => covers(support, at, asset))
      expect(found).toEqual(covered)
    }
  })
})
