/** The shapes of an image with an index of their bounds: what is in view, and what lies under a pointer. */
import Flatbush from 'flatbush'
import type { Annotation } from './annotation'
import { areaOf, type Bounds, contains, distanceTo, type Point } from './geometry/points'
import { type ImageGeometry, type LabelStyles, type Shape, shapesOf } from './shapes'

/** Choice of the annotations that are drawn. */
export interface Shown {
  hiddenLayers: ReadonlySet<string>
  /** Annotations of a lower confidence are hidden; those without one are shown. */
  minConfidence: number
}

export interface Scene {
  image: ImageGeometry
  /** In the order of drawing. */
  shapes: readonly Shape[]
  byId: ReadonlyMap<string, Shape>
  /** Annotations that the least confidence hides, of the layers that are shown. */
  hiddenByConfidence: number
  index: Flatbush | undefined
  /** Positions in `shapes` of the index's items. */
  placed: readonly number[]
}

export const ALL: Shown = { hiddenLayers: new Set(), minConfidence: 0 }

export function sceneOf(
  annotations: readonly Annotation[],
  image: ImageGeometry,
  styles: LabelStyles,
  shown: Shown = ALL,
): Scene {
  const ofLayers = annotations.filter((each) => !shown.hiddenLayers.has(each.field))
  const visible = ofLayers.filter((each) => isSure(each, shown.minConfidence))
  const shapes = shapesOf(visible, image, styles)
  const placed = shapes.flatMap((shape, at) => (shape.bounds ? [at] : []))
  let index: Flatbush | undefined
  if (placed.length) {
    index = new Flatbush(placed.length)
    for (const at of placed) index.add(...((shapes[at] as Shape).bounds as Bounds))
    index.finish()
  }
  return {
    image,
    shapes,
    byId: new Map(shapes.map((shape) => [shape.annotation.annotation_id, shape])),
    hiddenByConfidence: ofLayers.length - visible.length,
    index,
    placed,
  }
}

export function isSure(annotation: Annotation, minConfidence: number): boolean {
  return typeof annotation.confidence !== 'number' || annotation.confidence >= minConfidence
}

/** Return the shapes that reach into a part of the image, in the order of drawing. */
export function within(scene: Scene, [left, top, right, bottom]: Bounds): Shape[] {
  const found = scene.index?.search(left, top, right, bottom).map((at) => scene.placed[at] as number) ?? []
  return found.sort((one, other) => one - other).map((at) => scene.shapes[at] as Shape)
}

/**
 * Return the shape under a point of the image: the one whose line is nearest within `tolerance` pixels of the image,
 * else the smallest that contains the point.
 */
export function hit(scene: Scene, point: Point, tolerance: number): Shape | undefined {
  const [x, y] = point
  let nearest: Shape | undefined
  let smallest: Shape | undefined
  let [least, area] = [tolerance, Infinity]
  for (const shape of within(scene, [x - tolerance, y - tolerance, x + tolerance, y + tolerance])) {
    const distance = distanceOf(shape, point)
    if (distance <= least) {
      nearest = shape
      least = distance
    } else if (areaOf(shape.bounds as Bounds) <= area && isInside(shape, point)) {
      smallest = shape
      area = areaOf(shape.bounds as Bounds)
    }
  }
  return nearest ?? smallest
}

function distanceOf(shape: Shape, point: Point): number {
  let least = Infinity
  for (const ring of shape.rings) least = Math.min(least, distanceTo(ring, point, true))
  for (const ring of shape.holes) least = Math.min(least, distanceTo(ring, point, true))
  for (const line of shape.lines) least = Math.min(least, distanceTo(line, point, false))
  for (const { at } of shape.dots) if (at) least = Math.min(least, Math.hypot(at[0] - point[0], at[1] - point[1]))
  return least
}

function isInside(shape: Shape, point: Point): boolean {
  if (shape.rings.length) return contains([...shape.rings, ...shape.holes], point)
  const [left, top, right, bottom] = shape.bounds as Bounds
  return left <= point[0] && point[0] <= right && top <= point[1] && point[1] <= bottom
}
