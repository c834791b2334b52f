/** Masks as pixels in a colour. */
import type { Colour } from '../colours'
import type { Bitmap } from './masks'

/** Opacity of the server's pictures (`foveal/render/draw/raster.py`). */
const MASK_OPACITY = 115
const MAX_SIDE = 2048

export interface Rgba {
  width: number
  height: number
  data: Uint8ClampedArray<ArrayBuffer>
}

/** Return a mask in a colour; of one with a longer side than `maxSide` each pixel is the mean of its cells. */
export function tintedMask(bitmap: Bitmap, colour: Colour, maxSide = MAX_SIDE): Rgba {
  const step = Math.max(1, Math.ceil(Math.max(bitmap.width, bitmap.height) / maxSide))
  const [width, height] = [Math.ceil(bitmap.width / step), Math.ceil(bitmap.height / step)]
  const data = new Uint8ClampedArray(width * height * 4)
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      let [covered, cells] = [0, 0]
      for (let down = y * step; down < Math.min(bitmap.height, (y + 1) * step); down += 1) {
        for (let across = x * step; across < Math.min(bitmap.width, (x + 1) * step); across += 1) {
          covered += bitmap.cells[down * bitmap.width + across] as number
          cells += 1
        }
      }
      data.set([...colour, (MASK_OPACITY * covered) / cells], 4 * (y * width + x))
    }
  }
  return { width, height, data }
}
