/** The part of a picture in which an annotation lies, drawn as the viewer draws it. */
import { FovealImage } from '@foveal/client/react'
import { ImageOff } from 'lucide-react'
import { type ReactElement, useEffect, useMemo, useRef, useState } from 'react'
import {
  type Bounds,
  DEFAULT_STYLES,
  draw,
  fitted,
  imageGeometry,
  type LabelStyles,
  RasterCache,
  type Size,
  sceneOf,
  type Viewport,
} from '../drawing'
import type { Item } from './api'
import styles from './review.module.css'
import { texts } from './texts'

/** Surroundings on each side: a share of the annotation, and pixels of the picture at least. */
const SURROUNDINGS = 0.5
const MIN_SURROUNDINGS = 32
const MAX_SCALE = 6
/** CSS pixels to which a thumbnail of 320 pixels is enlarged. */
const MAX_ENLARGED = 480

export interface CropProps {
  item: Item
  size: Size
  colours: LabelStyles
  /** Whether it is the one that is looked at: with its caption and a thicker line. */
  isLarge?: boolean
}

export function Crop({ item, size, colours, isLarge = false }: CropProps): ReactElement {
  const { annotation, asset } = item
  const text = texts.use()
  const canvas = useRef<HTMLCanvasElement>(null)
  const [hasFailed, setFailed] = useState(false)
  const [width, height] = size
  const made = useMemo(() => {
    const image = imageGeometry(asset)
    if (!image) return undefined
    const scene = sceneOf([annotation], image, colours)
    const bounds = scene.shapes[0]?.bounds
    return { image, scene, viewport: viewportOf(bounds, image.size, [width, height]) }
  }, [annotation, asset, colours, width, height])

  useEffect(() => {
    const context = canvas.current?.getContext('2d')
    if (!context || !made) return
    const ratio = devicePixelRatio || 1
    context.canvas.width = Math.round(width * ratio)
    context.canvas.height = Math.round(height * ratio)
    const look = { ...DEFAULT_STYLES, hasCaptions: isLarge, lineWidth: isLarge ? 2.5 : 1.5 }
    const rasters = new RasterCache(() => paint())
    const paint = () => draw(context, made.scene, made.viewport, [width, height], ratio, look, rasters)
    paint()
  }, [made, width, height, isLarge])

  if (!made || hasFailed)
    return (
      <span className={styles.lacking} style={{ width, height }}>
        <ImageOff aria-hidden />
        <span className={isLarge ? undefined : 'visually-hidden'}>{text.noPicture}</span>
      </span>
    )
  const { image, viewport } = made
  const shownWidth = image.size[0] * viewport.scale
  // The small picture is there first, and enough for most of the small crops.
  const variants = shownWidth > MAX_ENLARGED ? ['thumbnail', 'preview'] : ['thumbnail']
  return (
    <span className={styles.crop} style={{ width, height }}>
      {variants.map((variant) => (
        <FovealImage
          key={variant}
          asset={asset}
          variant={variant}
          alt=""
          draggable={false}
          loading="eager"
          onError={() => setFailed(variant === 'thumbnail')}
          style={{
            width: shownWidth,
            height: image.size[1] * viewport.scale,
            transform: `translate(${viewport.x}px, ${viewport.y}px)`,
          }}
        />
      ))}
      <canvas ref={canvas} aria-hidden />
    </span>
  )
}

/** Return the viewport that an annotation and its surroundings fill, the whole picture for one without a place. */
function viewportOf(bounds: Bounds | undefined, image: Size, view: Size): Viewport {
  if (!bounds) return fitted(image, view, 1)
  const [left, top, right, bottom] = bounds
  const around = (from: number, to: number) => to - from + 2 * Math.max(MIN_SURROUNDINGS, (to - from) * SURROUNDINGS)
  const least = Math.min(view[0] / image[0], view[1] / image[1])
  const scale = Math.max(least, Math.min(MAX_SCALE, view[0] / around(left, right), view[1] / around(top, bottom)))
  return {
    scale,
    x: placed((left + right) / 2, image[0], view[0], scale),
    y: placed((top + bottom) / 2, image[1], view[1], scale),
  }
}

/** Return where a side of the image begins, so that `middle` is in the middle and nothing beside the image is shown. */
function placed(middle: number, side: number, room: number, scale: number): number {
  const slack = room - side * scale
  return slack >= 0 ? slack / 2 : Math.min(0, Math.max(slack, room / 2 - middle * scale))
}
