/**
 * Masks: their runs as a bitmap of the displayed image. Port of `foveal/render/draw/masks.py`.
 *
 * The runs of a COCO mask lie along the columns of the whole image, those of a CVAT mask along the rows of its box.
 */
import { displayed, type Orientation, TRANSPOSED, turnedSize, UPRIGHT } from '../geometry/orientation'
import type { Bounds, Point, Size } from '../geometry/points'
import { runsOf } from './runs'

export interface Mask {
  encoding: string
  /** Height, width. */
  size: readonly number[]
  counts?: readonly number[] | string
  bbox_px?: readonly number[]
}

const MAX_PIXELS = 2 ** 28

/** Arguments of `MaskRaster.of`. */
export type MaskSource = readonly [mask: Mask, imageSize: Size, turn?: Orientation]

/** One byte, 0 or 1, for each pixel of a part of the displayed image. */
export interface Bitmap {
  width: number
  height: number
  cells: Uint8Array
}

export class MaskRaster {
  private constructor(
    /** From which `of` makes the same mask again, in a worker for example. */
    readonly source: MaskSource,
    private readonly runs: readonly number[],
    private readonly row: number,
    private readonly at: Point,
    private readonly grid: Size,
    private readonly turns: readonly Orientation[],
  ) {}

  /**
   * Read a mask. `imageSize` is that of the image in which a CVAT mask's box lies; `turn` is the orientation of the
   * image where the mask is one of the stored pixels.
   *
   * Throws RangeError for runs that do not add up, for a box outside of the image and for more than 2^28 pixels.
   */
  static of(mask: Mask, imageSize: Size, turn: Orientation = UPRIGHT): MaskRaster {
    const [height = 0, width = 0] = mask.size
    if (!(height > 0 && width > 0 && height * width <= MAX_PIXELS)) throw new RangeError('A mask is too large.')
    const runs = runsOf(mask.counts ?? [], height * width)
    const source = [mask, imageSize, turn] as const
    if (mask.encoding !== 'cvat_rle')
      return new MaskRaster(source, runs, height, [0, 0], [height, width], [TRANSPOSED, turn])
    const [left = 0, top = 0] = (mask.bbox_px ?? []).map(Math.round)
    if (left < 0 || top < 0 || left + width > imageSize[0] || top + height > imageSize[1]) {
      throw new RangeError('The box of a mask lies outside of the image.')
    }
    return new MaskRaster(source, runs, width, [left, top], imageSize, [turn])
  }

  /** Width and height of the displayed image in pixels of the mask. */
  get size(): Size {
    return this.turns.reduce(turnedSize, this.grid)
  }

  /** Left, top, right, bottom in pixels of the mask; undefined for one that is empty. */
  get bounds(): Bounds | undefined {
    const box = this.storedBox()
    return box && this.displayedBox(box)
  }

  /** Return the pixels within `bounds`, as displayed; undefined for an empty mask. */
  bitmap(): Bitmap | undefined {
    const box = this.storedBox()
    if (!box) return undefined
    const [left, top, right, bottom] = box
    const [x, y] = this.at
    let bitmap: Bitmap = { width: right - left, height: bottom - top, cells: new Uint8Array(0) }
    bitmap.cells = new Uint8Array(bitmap.width * bitmap.height)
    for (const [start, end] of this.filled()) {
      for (let from = start; from < end; ) {
        const line = Math.floor(from / this.row)
        const to = Math.min(end, (line + 1) * this.row)
        const begin = (line + y - top) * bitmap.width + (from - line * this.row) + x - left
        bitmap.cells.fill(1, begin, begin + to - from)
        from = to
      }
    }
    for (const turn of this.turns) bitmap = upright(bitmap, turn)
    return bitmap
  }

  private *filled(): Generator<readonly [number, number]> {
    let position = 0
    for (let at = 0; at < this.runs.length; at += 1) {
      const run = this.runs[at] as number
      if (at % 2 && run) yield [position, position + run]
      position += run
    }
  }

  private storedBox(): Bounds | undefined {
    let [left, top, right, bottom] = [Infinity, Infinity, 0, 0]
    for (const [start, end] of this.filled()) {
      const [first, last] = [Math.floor(start / this.row), Math.floor((end - 1) / this.row)]
      top = Math.min(top, first)
      bottom = Math.max(bottom, last + 1)
      left = Math.min(left, first === last ? start % this.row : 0)
      right = Math.max(right, first === last ? ((end - 1) % this.row) + 1 : this.row)
    }
    const [x, y] = this.at
    return left === Infinity ? undefined : [x + left, y + top, x + right, y + bottom]
  }

  private displayedBox([left, top, right, bottom]: Bounds): Bounds {
    let [one, other]: [Point, Point] = [
      [left, top],
      [right, bottom],
    ]
    let size = this.grid
    for (const turn of this.turns) {
      one = displayed(one, turn, size)
      other = displayed(other, turn, size)
      size = turnedSize(size, turn)
    }
    return [
      Math.min(one[0], other[0]),
      Math.min(one[1], other[1]),
      Math.max(one[0], other[0]),
      Math.max(one[1], other[1]),
    ]
  }
}

function upright(bitmap: Bitmap, turn: Orientation): Bitmap {
  if (turn === UPRIGHT) return bitmap
  const [width, height] = turnedSize([bitmap.width, bitmap.height], turn)
  const cells = new Uint8Array(bitmap.cells.length)
  for (let y = 0; y < bitmap.height; y += 1) {
    for (let x = 0; x < bitmap.width; x += 1) {
      const [across, down] = displayed([x + 0.5, y + 0.5], turn, [bitmap.width, bitmap.height])
      cells[Math.floor(down) * width + Math.floor(across)] = bitmap.cells[y * bitmap.width + x] as number
    }
  }
  return { width, height, cells }
}
