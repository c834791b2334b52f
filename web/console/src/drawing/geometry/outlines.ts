/**
 * The geometry of an annotation in pixels: rings, holes, lines and points.
 *
 * Port of `foveal/render/draw/outlines.py`. Geometry is relative to a canvas and is turned in its pixels; angles are in
 * degrees, clockwise as seen, about the centre of the box unless `rotation_origin` is `top_left`.
 */
import type { Annotation } from '../annotation'
import { type Point, type Ring, rotated, type Size } from './points'

/** The edges of a skeleton as pairs of point indexes. */
export type Edges = readonly (readonly [number, number])[]

export interface Dot {
  /** Undefined for an unlabelled point (visibility 0, outside). */
  at: Point | undefined
  isVisible: boolean
}

export interface Outline {
  rings: readonly Ring[]
  holes: readonly Ring[]
  isFilled: boolean
  lines: readonly Ring[]
  dots: readonly Dot[]
}

const ELLIPSE_POINTS = 72
const EMPTY: Outline = { rings: [], holes: [], isFilled: false, lines: [], dots: [] }

/** Return the lines of an annotation. The box of one that is an area, a mask or a heatmap, is not drawn. */
export function outlineOf(annotation: Annotation, canvas: Size, edges: Edges, isArea: boolean): Outline {
  const rings = scaled(annotation.rings, canvas)
  const isFilled = annotation.filled !== false
  if (annotation.type === 'polyline') {
    if (!annotation.closed) return { ...EMPTY, lines: rings }
    return { ...EMPTY, rings, isFilled: annotation.filled === true }
  }
  if (rings.length) return { ...EMPTY, rings, holes: scaled(annotation.holes, canvas), isFilled }
  const dots = keypoints(annotation, canvas)
  if (dots.length) return { ...EMPTY, lines: skeleton(dots, edges), dots }
  if (annotation.ellipse) return { ...EMPTY, rings: [ellipse(annotation, canvas)], isFilled }
  if (annotation.cuboid) return { ...EMPTY, rings: [hull(scaled([pairs(annotation.cuboid)], canvas)[0] ?? [])] }
  if (annotation.bbox && !isArea) return { ...EMPTY, rings: [box(annotation, canvas)] }
  return EMPTY
}

export function moved(outline: Outline, move: (point: Point) => Point): Outline {
  const each = (rings: readonly Ring[]): Ring[] => rings.map((ring) => ring.map(move))
  return {
    rings: each(outline.rings),
    holes: each(outline.holes),
    isFilled: outline.isFilled,
    lines: each(outline.lines),
    dots: outline.dots.map((dot) => ({ ...dot, at: dot.at && move(dot.at) })),
  }
}

export function* everyPoint(outline: Outline): Generator<Point> {
  for (const ring of outline.rings) yield* ring
  for (const line of outline.lines) yield* line
  for (const { at } of outline.dots) if (at) yield at
}

function box(annotation: Annotation, canvas: Size): Ring {
  const [x = 0, y = 0, width = 0, height = 0] = annotation.bbox ?? []
  const [left, top, right, bottom] = [x * canvas[0], y * canvas[1], (x + width) * canvas[0], (y + height) * canvas[1]]
  const ring: Ring = [
    [left, top],
    [right, top],
    [right, bottom],
    [left, bottom],
  ]
  if (!annotation.rotation) return ring
  const isCorner = annotation.rotation_origin === 'top_left'
  return rotated(ring, isCorner ? [left, top] : [(left + right) / 2, (top + bottom) / 2], annotation.rotation)
}

function ellipse(annotation: Annotation, canvas: Size): Ring {
  const { cx, cy, rx, ry } = annotation.ellipse as { cx: number; cy: number; rx: number; ry: number }
  const centre: Point = [cx * canvas[0], cy * canvas[1]]
  const ring = Array.from({ length: ELLIPSE_POINTS }, (_, step): Point => {
    const angle = (2 * Math.PI * step) / ELLIPSE_POINTS
    return [centre[0] + rx * canvas[0] * Math.cos(angle), centre[1] + ry * canvas[1] * Math.sin(angle)]
  })
  return rotated(ring, centre, annotation.rotation ?? 0)
}

const pairs = (numbers: readonly number[]): number[][] =>
  Array.from({ length: Math.floor(numbers.length / 2) }, (_, at) => numbers.slice(2 * at, 2 * at + 2))

/** Return the outline around points (Andrew's monotone chain): a cuboid as seen, whatever order its corners have. */
function hull(points: Ring): Ring {
  const distinct = new Map(points.map((point) => [point.join(' '), point]))
  const ordered = [...distinct.values()].sort((one, other) => one[0] - other[0] || one[1] - other[1])
  const half = (along: readonly Point[]): Point[] => {
    const chain: Point[] = []
    for (const point of along) {
      while (chain.length > 1 && turn(chain.at(-2) as Point, chain.at(-1) as Point, point) <= 0) chain.pop()
      chain.push(point)
    }
    return chain.slice(0, -1)
  }
  const found = [...half(ordered), ...half(ordered.toReversed())]
  return found.length ? found : ordered
}

const turn = (origin: Point, one: Point, other: Point): number =>
  (one[0] - origin[0]) * (other[1] - origin[1]) - (one[1] - origin[1]) * (other[0] - origin[0])

function scaled(rings: readonly (readonly (readonly number[])[])[] | undefined, canvas: Size): Ring[] {
  return (rings ?? [])
    .filter((ring) => ring.length > 1)
    .map((ring) => ring.map(([x = 0, y = 0]): Point => [x * canvas[0], y * canvas[1]]))
}

function keypoints(annotation: Annotation, canvas: Size): Dot[] {
  return (annotation.keypoints ?? []).map((each) => {
    const visibility = each.visibility ?? 2
    if (typeof each.x !== 'number' || typeof each.y !== 'number' || visibility === 0 || each.outside) {
      return { at: undefined, isVisible: false }
    }
    return { at: [each.x * canvas[0], each.y * canvas[1]], isVisible: visibility !== 1 && !each.occluded }
  })
}

function skeleton(dots: readonly Dot[], edges: Edges): Ring[] {
  return edges.flatMap(([start, end]) => {
    const [one, other] = [dots[start]?.at, dots[end]?.at]
    return one && other ? [[one, other]] : []
  })
}
