/** Gestures of mouse, pen and touch on the stage: pan, pinch, select, move, drag a handle, draw. */
import {
  type Annotation,
  hit,
  type Point,
  panned,
  type Scene,
  type Size,
  toImage,
  toScreen,
  type Viewport,
  zoomed,
} from '../../drawing'
import type { Patch } from '../edits/changes'
import { dragged, edgeAt, type Handle, handlesOf, isEditable, movedBy, withPoint } from './handles'
import { paints, type Tool } from './tools'

/** Stage as gestures see it, and the calls by which they change it. */
export interface Surface {
  viewport(): Viewport
  setViewport(viewport: Viewport): void
  view(): Size
  image: Size
  scene: Scene
  tool: Tool
  /** The selected annotation, if its geometry may be changed. */
  editable: Annotation | undefined
  select(id: string | undefined): void
  hover(id: string | undefined): void
  activate(handle: string | undefined): void
  /** Show a change that is not made yet; undefined to end. */
  preview(patch: Patch | undefined): void
  change(id: string, patch: Patch): void
  point(point: Point | undefined): void
  place(point: Point): void
  /** Take back the last point. */
  unplace(): void
  /** Show a stroke of the brush that is not done yet; undefined to end. */
  stroke(points: readonly Point[] | undefined): void
  paint(points: readonly Point[]): void
  finish(): void
  fit(): void
  setCursor(cursor: string): void
}

type Gesture =
  | { kind: 'press'; start: Point; id: string | undefined }
  | { kind: 'pan'; last: Point }
  | { kind: 'pinch'; distance: number; centre: Point }
  | { kind: 'handle'; handle: string; patch: Patch | undefined }
  | { kind: 'move'; start: Point; patch: Patch | undefined }
  | { kind: 'draw'; start: Point; isPlaced: boolean }
  | { kind: 'place'; start: Point }
  | { kind: 'paint'; points: Point[] }

/** CSS pixels around lines and handles that still hit them: targets of 24 pixels (WCAG 2.2, 2.5.8), 44 for fingers. */
const REACH = { mouse: 6, touch: 14 }
const HANDLE_REACH = { mouse: 12, touch: 22 }
/** CSS pixels of a movement that is no click. */
const MIN_MOVE = 4
const WHEEL_SPEED = 0.0016

export class Gestures {
  private readonly pointers = new Map<number, Point>()
  private gesture: Gesture | undefined
  /** Set while the space bar is held: every drag pans. */
  isPanning = false

  constructor(private readonly surface: () => Surface) {}

  down(event: PointerEvent, at: Point): void {
    this.pointers.set(event.pointerId, at)
    const surface = this.surface()
    if (this.pointers.size === 2) {
      surface.preview(undefined)
      surface.stroke(undefined)
      if (this.gesture?.kind === 'draw' && this.gesture.isPlaced) surface.unplace()
      this.gesture = { kind: 'pinch', ...this.spread() }
      return
    }
    if (event.button === 1 || this.isPanning) this.gesture = { kind: 'pan', last: at }
    else if (event.button === 0) this.gesture = this.begun(surface, event, at)
    // The first of two fingers draws nothing: a finger places its point when it moves or leaves.
    if (this.gesture?.kind === 'draw' && event.pointerType !== 'touch') this.placeStart(surface, this.gesture)
  }

  move(event: PointerEvent, at: Point): void {
    const surface = this.surface()
    if (this.pointers.has(event.pointerId)) this.pointers.set(event.pointerId, at)
    const point = toImage(surface.viewport(), at)
    if (surface.tool !== 'select') surface.point(point)
    const { gesture } = this
    if (!gesture) this.pointed(surface, event, at)
    else if (gesture.kind === 'pinch') this.pinch(surface, gesture)
    else if (gesture.kind === 'pan') {
      surface.setViewport(
        panned(surface.viewport(), [at[0] - gesture.last[0], at[1] - gesture.last[1]], surface.image, surface.view()),
      )
      gesture.last = at
    } else if (gesture.kind === 'draw') {
      if (!gesture.isPlaced && isFar(gesture.start, at)) this.placeStart(surface, gesture)
    } else if (gesture.kind === 'paint') {
      gesture.points.push(point)
      surface.stroke(gesture.points)
    } else if (gesture.kind === 'handle' && surface.editable) {
      gesture.patch = dragged(surface.editable, gesture.handle, point, surface.image, event.shiftKey)
      surface.preview(gesture.patch)
    } else if (gesture.kind === 'move' && surface.editable) {
      if (!gesture.patch && !isFar(gesture.start, at)) return
      const start = toImage(surface.viewport(), gesture.start)
      gesture.patch = movedBy(surface.editable, [point[0] - start[0], point[1] - start[1]], surface.image)
      surface.preview(gesture.patch)
    } else if ((gesture.kind === 'press' || gesture.kind === 'place') && isFar(gesture.start, at)) {
      this.gesture = { kind: 'pan', last: at }
      surface.setCursor('grabbing')
    }
  }

  up(event: PointerEvent, at: Point): void {
    const surface = this.surface()
    this.pointers.delete(event.pointerId)
    const { gesture } = this
    this.gesture = undefined
    if (!gesture || event.type === 'pointercancel') {
      surface.preview(undefined)
      surface.stroke(undefined)
      return
    }
    const point = toImage(surface.viewport(), at)
    if (gesture.kind === 'press') surface.select(gesture.id)
    else if (gesture.kind === 'paint') {
      surface.stroke(undefined)
      surface.paint(gesture.points)
    } else if (gesture.kind === 'place') surface.place(point)
    else if (gesture.kind === 'draw') {
      if (!gesture.isPlaced) this.placeStart(surface, gesture)
      if (isFar(gesture.start, at)) surface.place(point)
    } else if (gesture.kind === 'handle' || gesture.kind === 'move') {
      if (gesture.patch && surface.editable) surface.change(surface.editable.annotation_id, gesture.patch)
      surface.preview(undefined)
    } else if (gesture.kind === 'pinch') {
      const [last] = this.pointers.values()
      if (last) this.gesture = { kind: 'pan', last }
    }
  }

  wheel(event: WheelEvent, at: Point): void {
    const surface = this.surface()
    const pixels = event.deltaMode === 1 ? 30 : 1
    if (event.shiftKey) {
      const by: Point = [-(event.deltaX || event.deltaY) * pixels, 0]
      surface.setViewport(panned(surface.viewport(), by, surface.image, surface.view()))
      return
    }
    const factor = Math.exp(-event.deltaY * pixels * (event.ctrlKey ? 6 : 1) * WHEEL_SPEED)
    surface.setViewport(zoomed(surface.viewport(), factor, at, surface.image, surface.view()))
  }

  doubleClick(at: Point): void {
    const surface = this.surface()
    const point = toImage(surface.viewport(), at)
    if (surface.tool !== 'select') {
      surface.finish()
      return
    }
    const edge =
      surface.editable && edgeAt(surface.editable, point, surface.image, REACH.mouse / surface.viewport().scale)
    if (surface.editable && edge) {
      const [ring, behind] = edge
      surface.change(surface.editable.annotation_id, withPoint(surface.editable, ring, behind, point, surface.image))
    } else if (!hit(surface.scene, point, 0)) surface.fit()
  }

  private placeStart(surface: Surface, gesture: { start: Point; isPlaced: boolean }): void {
    gesture.isPlaced = true
    surface.place(toImage(surface.viewport(), gesture.start))
  }

  private begun(surface: Surface, event: PointerEvent, at: Point): Gesture {
    if (surface.tool === 'box') return { kind: 'draw', start: at, isPlaced: false }
    if (paints(surface.tool)) return { kind: 'paint', points: [toImage(surface.viewport(), at)] }
    if (surface.tool !== 'select') return { kind: 'place', start: at }
    const handle = this.handleAt(surface, event, at)
    surface.activate(handle?.id)
    if (handle) return { kind: 'handle', handle: handle.id, patch: undefined }
    const id = this.shapeAt(surface, event, at)
    if (id && id === surface.editable?.annotation_id) return { kind: 'move', start: at, patch: undefined }
    return { kind: 'press', start: at, id }
  }

  private pointed(surface: Surface, event: PointerEvent, at: Point): void {
    if (surface.tool !== 'select') {
      surface.setCursor('crosshair')
      return
    }
    const handle = this.handleAt(surface, event, at)
    const id = handle ? undefined : this.shapeAt(surface, event, at)
    surface.hover(id)
    const isOwn = id !== undefined && id === surface.editable?.annotation_id
    surface.setCursor(handle ? cursorOf(handle, surface.editable) : isOwn ? 'move' : id ? 'pointer' : 'grab')
  }

  private pinch(surface: Surface, gesture: { distance: number; centre: Point }): void {
    if (this.pointers.size < 2) return
    const { distance, centre } = this.spread()
    const by: Point = [centre[0] - gesture.centre[0], centre[1] - gesture.centre[1]]
    const moved = panned(surface.viewport(), by, surface.image, surface.view())
    surface.setViewport(zoomed(moved, distance / gesture.distance, centre, surface.image, surface.view()))
    gesture.distance = distance
    gesture.centre = centre
  }

  private spread(): { distance: number; centre: Point } {
    const [one = [0, 0], other = [0, 0]] = [...this.pointers.values()]
    const centre: Point = [(one[0] + other[0]) / 2, (one[1] + other[1]) / 2]
    return { distance: Math.max(1, Math.hypot(one[0] - other[0], one[1] - other[1])), centre }
  }

  private handleAt(surface: Surface, event: PointerEvent, at: Point): Handle | undefined {
    if (!surface.editable || !isEditable(surface.editable)) return undefined
    const viewport = surface.viewport()
    let [nearest, least]: [Handle | undefined, number] = [
      undefined,
      HANDLE_REACH[event.pointerType === 'touch' ? 'touch' : 'mouse'],
    ]
    for (const handle of handlesOf(surface.editable, surface.image, viewport.scale)) {
      const [x, y] = toScreen(viewport, handle.at)
      const distance = Math.hypot(x - at[0], y - at[1])
      if (distance <= least) [nearest, least] = [handle, distance]
    }
    return nearest
  }

  private shapeAt(surface: Surface, event: PointerEvent, at: Point): string | undefined {
    const viewport = surface.viewport()
    const reach = event.pointerType === 'touch' ? REACH.touch : REACH.mouse
    return hit(surface.scene, toImage(viewport, at), reach / viewport.scale)?.annotation.annotation_id
  }
}

const isFar = (one: Point, other: Point): boolean => Math.hypot(one[0] - other[0], one[1] - other[1]) >= MIN_MOVE

const CURSORS = ['ns-resize', 'nesw-resize', 'ew-resize', 'nwse-resize'] as const
const SIDES = ['n', 'ne', 'e', 'se', 's', 'sw', 'w', 'nw']

function cursorOf(handle: Handle, annotation: Annotation | undefined): string {
  const side = SIDES.indexOf(handle.id)
  if (side < 0) return handle.id === 'rotate' ? 'alias' : 'move'
  const turned = side + Math.round((annotation?.rotation ?? 0) / 45)
  return CURSORS[((turned % 4) + 4) % 4] as string
}
