/** Strokes of a brush on a mask: painted or erased discs along a line, and the runs of the result. */
import type { Point, Size } from '../geometry/points'
import type { MaskRaster } from './masks'
import { packed } from './runs'

export interface Stroke {
  /** In pixels of the displayed image. */
  points: readonly Point[]
  radius: number
  isEraser: boolean
}

/** Pixels of an image on which masks can be painted; larger ones would stop the page for a moment at each stroke. */
const MAX_PIXELS = 2 ** 25

export const canPaint = ([width, height]: Size): boolean => width * height <= MAX_PIXELS

/**
 * Return a mask of the displayed image, in COCO's packed form, after a stroke; undefined where nothing is left of it.
 *
 * A mask in another size than the image's keeps its size.
 */
export function painted(mask: MaskRaster | undefined, image: Size, stroke: Stroke) {
  const [width, height] = mask?.size ?? image
  const cells = new Uint8Array(width * height)
  const [bounds, bitmap] = [mask?.bounds, mask?.bitmap()]
  if (bounds && bitmap) {
    const [left, top] = bounds
    for (let y = 0; y < bitmap.height; y += 1) {
      cells.set(bitmap.cells.subarray(y * bitmap.width, (y + 1) * bitmap.width), (top + y) * width + left)
    }
  }
  const scale = width / image[0]
  const points = stroke.points.map(([x, y]): Point => [x * scale, (y * height) / image[1]])
  const value = stroke.isEraser ? 0 : 1
  points.forEach((point, at) => {
    brush(cells, [width, height], points[Math.max(0, at - 1)] as Point, point, stroke.radius * scale, value)
  })
  const counts = columnRuns(cells, width, height)
  return counts.length > 1 ? { encoding: 'coco_rle_str', size: [height, width], counts: packed(counts) } : undefined
}

/** Set all pixels whose middle lies within a radius of the way from one point to another. */
function brush(cells: Uint8Array, [width, height]: Size, from: Point, to: Point, radius: number, value: 0 | 1): void {
  const reach = Math.max(0.5, radius)
  const [left, right] = [Math.min(from[0], to[0]) - reach, Math.max(from[0], to[0]) + reach]
  const [top, bottom] = [Math.min(from[1], to[1]) - reach, Math.max(from[1], to[1]) + reach]
  const [across, down] = [to[0] - from[0], to[1] - from[1]]
  const length = across * across + down * down
  for (let y = Math.max(0, Math.floor(top)); y < Math.min(height, Math.ceil(bottom)); y += 1) {
    for (let x = Math.max(0, Math.floor(left)); x < Math.min(width, Math.ceil(right)); x += 1) {
      const [dx, dy] = [x + 0.5 - from[0], y + 0.5 - from[1]]
      const share = length ? Math.min(1, Math.max(0, (dx * across + dy * down) / length)) : 0
      if (Math.hypot(dx - share * across, dy - share * down) <= reach) cells[y * width + x] = value
    }
  }
}

/** Return the runs down the columns, the first one of background. */
function columnRuns(cells: Uint8Array, width: number, height: number): number[] {
  const runs: number[] = []
  let [value, run] = [0, 0]
  for (let x = 0; x < width; x += 1) {
    for (let y = 0; y < height; y += 1) {
      if (cells[y * width + x] === value) run += 1
      else {
        runs.push(run)
        value = 1 - value
        run = 1
      }
    }
  }
  runs.push(run)
  return runs
}
