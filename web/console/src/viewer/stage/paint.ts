/** Layer above all shapes: the selected one with its handles, a draft that is being drawn, a ghost, the cursor. */
import {
  type Captions,
  DEFAULT_STYLES,
  drawActive,
  type Point,
  type Shape,
  type Size,
  type Stroke,
  type Styles,
  toScreen,
  type Viewport,
} from '../../drawing'
import type { Handle } from './handles'
import type { Draft } from './tools'

export interface Overlay {
  viewport: Viewport
  view: Size
  ratio: number
  styles: Styles
  /** Captions of the drawing below. */
  captions: Captions
  /** Shapes that are pointed at or selected. */
  active: readonly Shape[]
  handles: readonly Handle[]
  activeHandle: string | undefined
  /** The state of somebody else in a conflict. */
  ghost: Shape | undefined
  draft: Draft | undefined
  /** Place of the pointer or of the cursor that keys move, in pixels of the image. */
  pointer: Point | undefined
  /** Whether the pointer is shown, because keys move it. */
  hasCursor: boolean
  /** The brush and what it has painted since the pointer went down. */
  stroke: Stroke | undefined
}

export const HANDLE = 9

export function paint(context: CanvasRenderingContext2D, overlay: Overlay): void {
  const { viewport, view, ratio, styles, active, captions } = overlay
  drawActive(context, active, viewport, view, ratio, { ...DEFAULT_STYLES, ...styles }, captions)
  if (overlay.ghost) paintGhost(context, overlay.ghost, viewport)
  for (const handle of overlay.handles) paintHandle(context, handle, viewport, handle.id === overlay.activeHandle)
  if (overlay.draft) paintDraft(context, overlay.draft, overlay.pointer, viewport)
  if (overlay.stroke) paintStroke(context, overlay.stroke, overlay.pointer, viewport)
  if (overlay.pointer && (overlay.hasCursor || overlay.draft))
    paintCursor(context, toScreen(viewport, overlay.pointer), view)
}

function paintHandle(
  context: CanvasRenderingContext2D,
  { id, at }: Handle,
  viewport: Viewport,
  isActive: boolean,
): void {
  const [x, y] = toScreen(viewport, at)
  context.beginPath()
  if (id === 'rotate' || id.startsWith('keypoint')) context.arc(x, y, HANDLE / 2 + 1, 0, 2 * Math.PI)
  else context.rect(x - HANDLE / 2, y - HANDLE / 2, HANDLE, HANDLE)
  context.fillStyle = isActive ? '#1b5fd9' : '#ffffff'
  context.strokeStyle = isActive ? '#ffffff' : '#16191d'
  context.lineWidth = 1.5
  context.fill()
  context.stroke()
}

function paintGhost(context: CanvasRenderingContext2D, shape: Shape, viewport: Viewport): void {
  for (const [colour, width, dash] of [
    ['#000000', 4, []],
    ['#ff5fd2', 2, [3, 5]],
  ] as const) {
    context.strokeStyle = colour
    context.lineWidth = width
    context.setLineDash([...dash])
    context.beginPath()
    for (const ring of shape.rings) line(context, ring, viewport, true)
    for (const each of shape.lines) line(context, each, viewport, false)
    context.stroke()
  }
  context.setLineDash([])
}

function paintDraft(
  context: CanvasRenderingContext2D,
  draft: Draft,
  pointer: Point | undefined,
  viewport: Viewport,
): void {
  const points = pointer ? [...draft.points, pointer] : draft.points
  const [one, other] = points
  const isBox = draft.tool === 'box' && one && other
  const ring: readonly Point[] = isBox ? [one, [other[0], one[1]], other, [one[0], other[1]]] : points
  for (const [colour, width] of [
    ['rgb(0 0 0 / 60%)', 4],
    ['#ffffff', 2],
  ] as const) {
    context.strokeStyle = colour
    context.lineWidth = width
    context.beginPath()
    if (draft.tool !== 'keypoints') line(context, ring, viewport, Boolean(isBox))
    context.stroke()
  }
  for (const point of draft.points) paintHandle(context, { id: 'point', at: point }, viewport, false)
}

function paintStroke(
  context: CanvasRenderingContext2D,
  stroke: Stroke,
  pointer: Point | undefined,
  viewport: Viewport,
): void {
  const radius = Math.max(1, stroke.radius * viewport.scale)
  const [first] = stroke.points
  if (first) {
    context.strokeStyle = stroke.isEraser ? 'rgb(255 255 255 / 50%)' : 'rgb(0 120 255 / 50%)'
    context.lineWidth = 2 * radius
    context.lineCap = 'round'
    context.lineJoin = 'round'
    context.beginPath()
    line(context, stroke.points.length > 1 ? stroke.points : [first, first], viewport, false)
    context.stroke()
  }
  if (!pointer) return
  const [x, y] = toScreen(viewport, pointer)
  for (const [colour, width] of [
    ['#000000', 3],
    ['#ffffff', 1],
  ] as const) {
    context.strokeStyle = colour
    context.lineWidth = width
    context.beginPath()
    context.arc(x, y, radius, 0, 2 * Math.PI)
    context.stroke()
  }
}

function paintCursor(context: CanvasRenderingContext2D, [x, y]: Point, view: Size): void {
  for (const [colour, dash] of [
    ['#000000', []],
    ['#ffffff', [4, 4]],
  ] as const) {
    context.strokeStyle = colour
    context.lineWidth = 1
    context.setLineDash([...dash])
    context.beginPath()
    context.moveTo(0, Math.round(y) + 0.5)
    context.lineTo(view[0], Math.round(y) + 0.5)
    context.moveTo(Math.round(x) + 0.5, 0)
    context.lineTo(Math.round(x) + 0.5, view[1])
    context.stroke()
  }
  context.setLineDash([])
}

function line(
  context: CanvasRenderingContext2D,
  points: readonly Point[],
  viewport: Viewport,
  isClosed: boolean,
): void {
  points.forEach((point, at) => {
    const [x, y] = toScreen(viewport, point)
    if (at) context.lineTo(x, y)
    else context.moveTo(x, y)
  })
  if (isClosed) context.closePath()
}
