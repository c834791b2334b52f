/** Drawing of a scene on a canvas: areas first, then lines, together for each colour and style, captions on top. */

import { Captions } from './captions'
import { type Colour, hexadecimal, textOn } from './colours'
import type { Point, Ring, Size } from './geometry/points'
import { type ColourMode, colourIn, isPrediction } from './modes'
import type { RasterCache } from './rasters/tinted'
import { type Scene, within } from './scene'
import type { Shape } from './shapes'
import { shown, toScreen, type Viewport } from './viewport'

export interface Styles {
  mode: ColourMode
  hasCaptions: boolean
  /** Width of lines in CSS pixels. */
  lineWidth: number
}

export const DEFAULT_STYLES: Styles = { mode: 'label', hasCaptions: true, lineWidth: 2 }

/** Opacities of the server's pictures (`foveal/render/draw/raster.py`). */
const AREA_OPACITY = 0.25
const CASING_OPACITY = 0.6
const DASH = [6, 4]
const DOT_RADIUS = 4
/** Shapes in view above which lines are thinner and without casing, so that they do not hide the picture. */
const MAX_CASED = 2000

type Context = CanvasRenderingContext2D

/** Lines of one colour and style, at one `z_order`. */
interface Batch {
  colour: Colour
  isDashed: boolean
  shapes: Shape[]
}

/**
 * Draw all shapes in view; the canvas has `view` CSS pixels of `ratio` device pixels.
 *
 * `without` is a shape that `drawActive` draws, with the same `captions`; masks and heatmaps stay.
 */
export function draw(
  context: Context,
  scene: Scene,
  viewport: Viewport,
  view: Size,
  ratio: number,
  styles: Styles,
  rasters: RasterCache,
  captions = new Captions(),
  without?: string,
): void {
  context.setTransform(ratio, 0, 0, ratio, 0, 0)
  context.clearRect(0, 0, view[0], view[1])
  const found = within(scene, shown(viewport, view))
  const shapes = without ? found.filter((shape) => isArea(shape) || shape.annotation.annotation_id !== without) : found
  const placed = { viewport, view }
  for (const shape of shapes)
    drawArea(context, shape, viewport, colourIn(styles.mode, shape), rasters, scene.image.turn)
  const isCrowded = shapes.length > MAX_CASED
  const lineWidth = isCrowded ? Math.max(1, styles.lineWidth / 2) : styles.lineWidth
  for (const batch of batchesOf(shapes, styles.mode)) {
    const isDashed = batch.isDashed && !isCrowded
    drawLines(context, batch.shapes, viewport, batch.colour, { lineWidth, isDashed, isCased: !isCrowded })
  }
  if (styles.hasCaptions) captions.write(context, [...shapes, ...unplaced(scene)], placed, styles.mode)
}

/** Draw some shapes of the scene with thicker lines, for those that are pointed at or selected. */
export function drawActive(
  context: Context,
  shapes: readonly Shape[],
  viewport: Viewport,
  view: Size,
  ratio: number,
  styles: Styles,
  captions: Captions,
): void {
  context.setTransform(ratio, 0, 0, ratio, 0, 0)
  context.clearRect(0, 0, view[0], view[1])
  for (const shape of shapes) {
    const lineWidth = styles.lineWidth + 1.5
    fill(context, shape, viewport, colourIn(styles.mode, shape))
    drawLines(context, [shape], viewport, colourIn(styles.mode, shape), { lineWidth, isDashed: false, isCased: true })
    if (!shape.rings.length && !shape.lines.length && shape.bounds) frame(context, shape, viewport)
  }
  if (styles.hasCaptions) captions.writeOver(context, shapes, { viewport, view }, styles.mode)
}

const isArea = (shape: Shape): boolean => shape.mask !== undefined || shape.heatBounds !== undefined

function* unplaced(scene: Scene): Generator<Shape> {
  for (const shape of scene.shapes) if (!shape.bounds) yield shape
}

function batchesOf(shapes: readonly Shape[], mode: ColourMode): Iterable<Batch> {
  const batches = new Map<string, Batch>()
  for (const shape of shapes) {
    const colour = colourIn(mode, shape)
    const isDashed = isPrediction(shape.annotation)
    const key = `${shape.annotation.z_order ?? 0} ${colour.join()} ${isDashed}`
    const batch = batches.get(key)
    if (batch) batch.shapes.push(shape)
    else batches.set(key, { colour, isDashed, shapes: [shape] })
  }
  return batches.values()
}

interface LineStyle {
  lineWidth: number
  isDashed: boolean
  isCased: boolean
}

function drawLines(
  context: Context,
  shapes: readonly Shape[],
  viewport: Viewport,
  colour: Colour,
  { lineWidth, isDashed, isCased }: LineStyle,
): void {
  context.beginPath()
  for (const shape of shapes) if (!shape.isUpright) trace(context, shape, viewport)
  context.lineCap = 'round'
  context.setLineDash([])
  if (isCased) {
    context.strokeStyle = `rgb(${textOn(colour).join(' ')} / ${CASING_OPACITY})`
    context.lineWidth = lineWidth + 2
    strokeAll(context, shapes, viewport)
  }
  context.setLineDash(isDashed ? DASH : [])
  context.strokeStyle = hexadecimal(colour)
  context.lineWidth = lineWidth
  strokeAll(context, shapes, viewport)
  context.setLineDash([])
  for (const shape of shapes) drawDots(context, shape, viewport, colour, lineWidth)
}

/** Stroke the path, and upright boxes one by one: of 10,000 boxes a path takes ten times as long without a GPU. */
function strokeAll(context: Context, shapes: readonly Shape[], { scale, x, y }: Viewport): void {
  context.lineJoin = 'round'
  context.stroke()
  context.lineJoin = 'miter'
  for (const { isUpright, bounds } of shapes) {
    if (!isUpright || !bounds) continue
    const [left, top, right, bottom] = bounds
    context.strokeRect(left * scale + x, top * scale + y, (right - left) * scale, (bottom - top) * scale)
  }
}

function trace(context: Context, shape: Shape, viewport: Viewport): void {
  for (const ring of shape.rings) follow(context, ring, viewport, true)
  for (const ring of shape.holes) follow(context, ring, viewport, true)
  for (const line of shape.lines) follow(context, line, viewport, false)
}

function follow(context: Context, ring: Ring, { scale, x, y }: Viewport, isClosed: boolean): void {
  for (let at = 0; at < ring.length; at += 1) {
    const point = ring[at] as Point
    if (at) context.lineTo(point[0] * scale + x, point[1] * scale + y)
    else context.moveTo(point[0] * scale + x, point[1] * scale + y)
  }
  if (isClosed) context.closePath()
}

function drawDots(context: Context, shape: Shape, viewport: Viewport, colour: Colour, lineWidth: number): void {
  for (const { at, isVisible } of shape.dots) {
    if (!at) continue
    const [x, y] = toScreen(viewport, at)
    context.beginPath()
    context.arc(x, y, DOT_RADIUS, 0, 2 * Math.PI)
    context.strokeStyle = hexadecimal(isVisible ? textOn(colour) : colour)
    context.fillStyle = hexadecimal(colour)
    context.lineWidth = isVisible ? 1 : lineWidth
    if (isVisible) context.fill()
    context.stroke()
  }
}

function drawArea(
  context: Context,
  shape: Shape,
  viewport: Viewport,
  colour: Colour,
  rasters: RasterCache,
  turn: Scene['image']['turn'],
): void {
  if (shape.bounds && (shape.mask || shape.annotation.map)) {
    const picture = rasters.pictureOf(shape, colour, turn)
    const [left, top] = toScreen(viewport, [shape.bounds[0], shape.bounds[1]])
    const [right, bottom] = toScreen(viewport, [shape.bounds[2], shape.bounds[3]])
    context.imageSmoothingEnabled = shape.mask === undefined
    if (picture) context.drawImage(picture, left, top, right - left, bottom - top)
  }
  fill(context, shape, viewport, colour)
}

function fill(context: Context, shape: Shape, viewport: Viewport, colour: Colour): void {
  if (!shape.isFilled || !shape.rings.length) return
  context.beginPath()
  for (const ring of [...shape.rings, ...shape.holes]) follow(context, ring, viewport, true)
  context.fillStyle = `rgb(${colour.join(' ')} / ${AREA_OPACITY})`
  context.fill('evenodd')
}

/** Draw a frame around a shape without lines: a mask, a heatmap. */
function frame(context: Context, shape: Shape, viewport: Viewport): void {
  const [left, top, right, bottom] = shape.bounds as readonly [number, number, number, number]
  const [x, y] = toScreen(viewport, [left, top])
  context.lineWidth = 1
  for (const [colour, dash] of [
    ['#000000', []],
    ['#ffffff', [4, 4]],
  ] as const) {
    context.strokeStyle = colour
    context.setLineDash([...dash])
    context.strokeRect(x, y, (right - left) * viewport.scale, (bottom - top) * viewport.scale)
  }
  context.setLineDash([])
}
