import { expect, test } from 'vitest'
import { painted } from '../../src/drawing/rasters/brush'
import { MaskRaster } from '../../src/drawing/rasters/masks'

const IMAGE = [8, 6] as const

/** Return the pixels of a mask row by row. */
function rows(mask: ReturnType<typeof painted>): string[] {
  const raster = MaskRaster.of(mask as NonNullable<typeof mask>, IMAGE)
  const [width, height] = raster.size
  const [left = 0, top = 0] = raster.bounds ?? []
  const bitmap = raster.bitmap() ?? { width: 0, height: 0, cells: new Uint8Array() }
  return Array.from({ length: height }, (_, y) =>
    Array.from({ length: width }, (_, x) => {
      const [across, down] = [x - left, y - top]
      const isWithin = across >= 0 && down >= 0 && across < bitmap.width && down < bitmap.height
      return isWithin && bitmap.cells[down * bitmap.width + across] ? '#' : '.'
    }).join(''),
  )
}

test('a stroke paints a line with round ends, held within the image', () => {
  const mask = painted(undefined, IMAGE, {
    points: [
      [2, 2],
      [6, 2],
    ],
    radius: 1,
    isEraser: false,
  })
  expect(rows(mask)).toEqual(['........', '.######.', '.######.', '........', '........', '........'])
  const corner = painted(undefined, IMAGE, { points: [[0, 0]], radius: 2, isEraser: false })
  expect(rows(corner).slice(0, 3)).toEqual(['##......', '#.......', '........'])
})

test('a stroke goes on with a mask, and the eraser takes away', () => {
  const first = painted(undefined, IMAGE, { points: [[4, 3]], radius: 2, isEraser: false })
  const raster = MaskRaster.of(first as NonNullable<typeof first>, IMAGE)
  const erased = painted(raster, IMAGE, {
    points: [
      [4.5, 0],
      [4.5, 6],
    ],
    radius: 0.5,
    isEraser: true,
  })
  expect(rows(erased).every((row) => row[4] === '.')).toBe(true)
  expect(rows(erased).some((row) => row.includes('#'))).toBe(true)
  expect(painted(raster, IMAGE, { points: [[4, 3]], radius: 9, isEraser: true })).toBeUndefined()
})

test('a mask in another size than the image keeps it', () => {
  const small = MaskRaster.of({ encoding: 'coco_rle', size: [3, 4], counts: [12] }, IMAGE)
  const mask = painted(small, IMAGE, { points: [[7, 5]], radius: 1, isEraser: false })
  expect(mask?.size).toEqual([3, 4])
  expect(rows(mask)).toEqual(['....', '....', '...#'])
})
