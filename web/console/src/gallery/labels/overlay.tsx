/** Labels over the picture of a tile, drawn as the viewer draws them. */
import { type ReactElement, useEffect, useRef, useState } from 'react'
import {
  type Annotation,
  DEFAULT_STYLES,
  draw,
  imageGeometry,
  type LabelStyles,
  RasterCache,
  sceneOf,
} from '../../drawing'
import styles from '../grid/grid.module.css'
import type { Tile } from '../scroll/api'
import type { AnnotationSource } from './annotations'

const LOOK = { ...DEFAULT_STYLES, hasCaptions: false, lineWidth: 1.5 }

export interface LabelOverlayProps {
  asset: Tile
  width: number
  height: number
  source: AnnotationSource
  colours: LabelStyles
  /** Labels of a lower confidence are not drawn; which assets are shown is another question. */
  minConfidence: number
}

export default function LabelOverlay(props: LabelOverlayProps): ReactElement {
  const { asset, width, height, source, colours, minConfidence } = props
  const canvas = useRef<HTMLCanvasElement>(null)
  const [annotations, setAnnotations] = useState<readonly Annotation[]>([])

  useEffect(() => {
    let isCurrent = true
    source.of(asset.asset_id).then(
      (found) => isCurrent && setAnnotations(found),
      () => {}, // the picture is shown without them, and asked again when it comes into view again
    )
    return () => {
      isCurrent = false
    }
  }, [source, asset.asset_id])

  useEffect(() => {
    const context = canvas.current?.getContext('2d')
    const geometry = imageGeometry(asset)
    if (!context || !geometry) return
    const ratio = devicePixelRatio || 1
    context.canvas.width = Math.round(width * ratio)
    context.canvas.height = Math.round(height * ratio)
    const scene = sceneOf(annotations, geometry, colours, { hiddenLayers: new Set(), minConfidence })
    // The picture covers the tile, cut off evenly on both sides.
    const [imageWidth, imageHeight] = geometry.size
    const scale = Math.max(width / imageWidth, height / imageHeight)
    const viewport = { scale, x: (width - imageWidth * scale) / 2, y: (height - imageHeight * scale) / 2 }
    const rasters = new RasterCache(() => paint())
    const paint = () => draw(context, scene, viewport, [width, height], ratio, LOOK, rasters)
    paint()
  }, [asset, annotations, width, height, colours, minConfidence])

  return <canvas ref={canvas} className={styles.overlay} aria-hidden />
}
