/** Masks and heatmaps as pictures in a colour, kept while their annotation and colour stay. */
import type { Annotation } from '../annotation'
import type { Colour } from '../colours'
import { displayed, type Orientation, turnedSize, UPRIGHT } from '../geometry/orientation'
import type { Shape } from '../shapes'
import { type Heat, heatOf } from './heatmaps'
import type { Bitmap } from './masks'

/** Opacities of the server's pictures (`foveal/render/draw/raster.py`). */
const MASK_OPACITY = 115
const HEAT_OPACITY = 204
const MAX_SIDE = 2048
const MAX_KEPT = 500

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

/** Return a heatmap in a colour, the hotter the more opaque, turned as its image is displayed. */
export function tintedHeat(heat: Heat, colour: Colour, turn: Orientation = UPRIGHT): Rgba {
  const stored = [heat.width, heat.height] as const
  const [width, height] = turnedSize(stored, turn)
  const data = new Uint8ClampedArray(width * height * 4)
  heat.cells.forEach((value, at) => {
    const centre = [(at % heat.width) + 0.5, Math.floor(at / heat.width) + 0.5] as const
    const [x, y] = displayed(centre, turn, stored)
    data.set([...colour, (HEAT_OPACITY * value) / 255], 4 * (Math.floor(y) * width + Math.floor(x)))
  })
  return { width, height, data }
}

/** Pictures of masks and heatmaps; heatmaps are unpacked later, then `onReady` is called. */
export class RasterCache {
  private readonly kept = new Map<string, OffscreenCanvas | undefined>()

  constructor(private readonly onReady: () => void) {}

  /** Return the picture of a shape's mask or heatmap, undefined while it is not ready. */
  pictureOf(shape: Shape, colour: Colour, turn: Orientation): OffscreenCanvas | undefined {
    const { annotation } = shape
    const key = `${annotation.annotation_id} ${annotation.revision} ${annotation.frame_index} ${colour.join()}`
    if (this.kept.has(key)) return this.kept.get(key)
    if (this.kept.size >= MAX_KEPT) this.kept.delete(this.kept.keys().next().value as string)
    const bitmap = shape.mask?.bitmap()
    this.kept.set(key, bitmap && canvasOf(tintedMask(bitmap, colour)))
    if (annotation.map) this.readHeat(key, annotation, colour, turn)
    return this.kept.get(key)
  }

  private readHeat(key: string, annotation: Annotation, colour: Colour, turn: Orientation): void {
    if (!annotation.map) return
    const isStored = annotation.coordinate_frame === 'stored'
    heatOf(annotation.map).then(
      (heat) => {
        this.kept.set(key, canvasOf(tintedHeat(heat, colour, isStored ? turn : UPRIGHT)))
        this.onReady()
      },
      (error: unknown) => console.warn('A heatmap cannot be drawn.', error),
    )
  }
}

function canvasOf({ width, height, data }: Rgba): OffscreenCanvas {
  const canvas = new OffscreenCanvas(width, height)
  canvas.getContext('2d')?.putImageData(new ImageData(data, width, height), 0, 0)
  return canvas
}
