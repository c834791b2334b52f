/** Masks and heatmaps as pictures in a colour, kept while their annotation and colour stay. */
import type { Annotation } from '../annotation'
import type { Colour } from '../colours'
import { displayed, type Orientation, turnedSize, UPRIGHT } from '../geometry/orientation'
import type { Shape } from '../shapes'
import { type Heat, heatOf } from './heatmaps'
import { maskPicture } from './mask-pictures'
import type { Rgba } from './tinted-mask'

/** Opacity of the server's pictures (`foveal/render/draw/raster.py`). */
const HEAT_OPACITY = 204
const MAX_KEPT = 500

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

type Picture = OffscreenCanvas | ImageBitmap

/** Pictures of masks and heatmaps, which are made outside of the page's thread or later; then `onReady` is called. */
export class RasterCache {
  private readonly kept = new Map<string, Picture | undefined>()
  /** The last picture of an annotation, which stays in sight until the next one is ready. */
  private readonly latest = new Map<string, Picture>()

  constructor(private readonly onReady: () => void) {}

  /** Return the picture of a shape's mask or heatmap, undefined while it is not ready. */
  pictureOf(shape: Shape, colour: Colour, turn: Orientation): Picture | undefined {
    const { annotation, mask } = shape
    const { annotation_id: id } = annotation
    const key = `${id} ${annotation.revision} ${annotation.frame_index} ${colour.join()}`
    if (this.kept.has(key)) return this.kept.get(key) ?? this.latest.get(id)
    if (this.kept.size >= MAX_KEPT) this.kept.delete(this.kept.keys().next().value as string)
    this.kept.set(key, undefined)
    if (mask) void maskPicture(mask.source, colour).then((picture) => this.take(id, key, picture))
    if (annotation.map) this.readHeat(key, annotation, colour, turn)
    return this.kept.get(key) ?? this.latest.get(id)
  }

  private take(id: string, key: string, picture: Picture | undefined): void {
    if (!this.kept.has(key)) return
    this.kept.set(key, picture)
    if (picture) this.latest.set(id, picture)
    else this.latest.delete(id)
    this.onReady()
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
