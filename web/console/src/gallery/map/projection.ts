/**
 * Projection of the map: Mercator, in which shapes are right at every place and scale.
 *
 * Zoom 0 shows the world in 256 pixels, as maps of tiles do; each step doubles that. Longitudes of a view are not bound to
 * ±180°, so that the antimeridian may lie within it.
 */
import type { Box } from '../filter/area'

/** The part of the map that is shown: its middle in degrees, and the zoom. */
export interface View {
  longitude: number
  latitude: number
  zoom: number
}

export type Size = readonly [width: number, height: number]
export type Point = readonly [x: number, y: number]
/** West, south, east, north in degrees; east is greater than west, also beyond 180°. */
export type Extent = Box

export const MAX_ZOOM = 18
/** Where Mercator's map of the world is a square; places beyond are drawn at the edge. */
export const MAX_LATITUDE = 85.0511287798
const METRES_AROUND = 40_075_017
const RADIANS = Math.PI / 180

export const worldSize = (zoom: number): number => 256 * 2 ** zoom

/** Return the place of a position on a map of the world of size 1: x from 180° W, y from the northern edge. */
export function project(longitude: number, latitude: number): Point {
  const bounded = Math.min(MAX_LATITUDE, Math.max(-MAX_LATITUDE, latitude))
  return [longitude / 360 + 0.5, 0.5 - Math.log(Math.tan(Math.PI / 4 + (bounded * RADIANS) / 2)) / (2 * Math.PI)]
}

/** Return the longitude and latitude of a place on a map of the world of size 1. */
export function unproject([x, y]: Point): Point {
  return [(x - 0.5) * 360, (2 * Math.atan(Math.exp((0.5 - y) * 2 * Math.PI)) - Math.PI / 2) / RADIANS]
}

/** Return the pixel of a position in a view: of all its copies around the world, the nearest to the middle. */
export function toScreen(view: View, [width, height]: Size, longitude: number, latitude: number): Point {
  const size = worldSize(view.zoom)
  const [middle, place] = [project(view.longitude, view.latitude), project(longitude, latitude)]
  const across = place[0] - middle[0]
  return [width / 2 + (across - Math.round(across)) * size, height / 2 + (place[1] - middle[1]) * size]
}

/** Return the position at a pixel of a view. */
export function toPosition(view: View, [width, height]: Size, [x, y]: Point): Point {
  const size = worldSize(view.zoom)
  const middle = project(view.longitude, view.latitude)
  return unproject([middle[0] + (x - width / 2) / size, Math.min(1, Math.max(0, middle[1] + (y - height / 2) / size))])
}

/**
 * Return a view within what can be shown: at most the whole world across, its northern and southern edge within the
 * picture only where all of it is, the middle between 180° W and 180° E.
 */
export function bounded(view: View, [width, height]: Size): View {
  const least = Math.log2(Math.max(width, 1) / 256)
  const zoom = Math.min(MAX_ZOOM, Math.max(least, view.zoom))
  const half = Math.min(0.5, height / 2 / worldSize(zoom))
  const [x, y] = project(view.longitude, view.latitude)
  const [longitude, latitude] = unproject([x - Math.floor(x), Math.min(1 - half, Math.max(half, y))])
  return { longitude, latitude, zoom }
}

/** Return the view moved by pixels. */
export function panned(view: View, size: Size, [dx, dy]: Point): View {
  const [longitude, latitude] = toPosition(view, size, [size[0] / 2 + dx, size[1] / 2 + dy])
  return bounded({ ...view, longitude, latitude }, size)
}

/** Return the view zoomed by steps, the position at a pixel staying there. */
export function zoomed(view: View, size: Size, steps: number, at: Point = [size[0] / 2, size[1] / 2]): View {
  const { zoom } = bounded({ ...view, zoom: view.zoom + steps }, size)
  const share = 1 - 2 ** (view.zoom - zoom)
  const from = [(at[0] - size[0] / 2) * share, (at[1] - size[1] / 2) * share] as const
  return { ...panned(view, size, from), ...{ zoom } }
}

/** Pixels around an extent that is fitted into a view: a circle on its edge stays beside the buttons of the map. */
const ROOM = 80

/** Return the view that shows an extent, with room around it, and no closer than a zoom. */
export function fitted([west, south, east, north]: Extent, size: Size, closest = 12): View {
  const [left, top] = project(west, north)
  const [right, bottom] = project(east, south)
  const across = Math.log2(Math.max(size[0] - 2 * ROOM, 64) / 256 / Math.max(right - left, 1e-9))
  const along = Math.log2(Math.max(size[1] - 2 * ROOM, 64) / 256 / Math.max(bottom - top, 1e-9))
  const [longitude, latitude] = unproject([(left + right) / 2, (top + bottom) / 2])
  return bounded({ longitude, latitude, zoom: Math.min(closest, across, along) }, size)
}

/** Return what a view shows. At the edges of the map it reaches to the poles. */
export function extentOf(view: View, size: Size): Extent {
  const [west, north] = toPosition(view, size, [0, 0])
  const [east, south] = toPosition(view, size, size)
  return [
    west,
    south < 0.001 - MAX_LATITUDE ? -90 : south,
    Math.min(east, west + 360),
    north > MAX_LATITUDE - 0.001 ? 90 : north,
  ]
}

/** Return an extent as boxes that do not lie across the antimeridian. */
export function boxesOf([west, south, east, north]: Extent): Box[] {
  if (east - west >= 360) return [[-180, south, 180, north]]
  const turns = Math.floor((west + 180) / 360) * 360
  const [start, end] = [west - turns, east - turns]
  if (end <= 180) return [[start, south, end, north]]
  return [
    [start, south, 180, north],
    [-180, south, end - 360, north],
  ]
}

/** Return boxes as extents: two that meet at the antimeridian are one. */
export function extentsOf(boxes: readonly Box[]): Extent[] {
  const [first, second] = boxes
  if (boxes.length !== 2 || !first || !second || first[2] !== 180 || second[0] !== -180) return [...boxes]
  return [[first[0], first[1], second[2] + 360, first[3]]]
}

/** Return the metres that a pixel stands for in the middle of a view. */
export const metresPerPixel = ({ latitude, zoom }: View): number =>
  (METRES_AROUND * Math.cos(latitude * RADIANS)) / worldSize(zoom)

/** Return the greatest of 1, 2 or 5 times a power of ten that is at most a number. */
export function roundDown(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value))
  return (value / power >= 5 ? 5 : value / power >= 2 ? 2 : 1) * power
}

const STEPS = [90, 60, 30, 15, 10, 5, 2, 1, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001, 5e-4, 2e-4, 1e-4]

/** Return the meridians and parallels of the graticule in an extent, and how many digits their degrees need. */
export function graticule(view: View, size: Size): { meridians: number[]; parallels: number[]; digits: number } {
  const wanted = (80 / worldSize(view.zoom)) * 360
  const step = STEPS.findLast((each) => each >= wanted) ?? 90
  const [west, south, east, north] = extentOf(view, size)
  const between = (low: number, high: number, step: number): number[] => {
    const first = Math.ceil(low / step)
    return Array.from({ length: Math.max(0, Math.floor(high / step) - first + 1) }, (_, n) => (first + n) * step)
  }
  const limit = MAX_LATITUDE
  return {
    meridians: between(west, east, step),
    parallels: between(Math.max(-limit, south), Math.min(limit, north), Math.min(30, step)),
    digits: Math.max(0, Math.ceil(-Math.log10(step) - 1e-9)),
  }
}

/** Return the view in a text such as `53.54,9.98,11`; undefined where it is none. */
export function readView(text: string): View | undefined {
  const [latitude = Number.NaN, longitude = Number.NaN, zoom = Number.NaN] = text.split(',').map(Number)
  const isView = Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180 && zoom >= 0
  return isView ? { latitude, longitude, zoom: Math.min(zoom, MAX_ZOOM) } : undefined
}

/** Return a view as the address has it, as exact as a pixel. */
export function writeView({ latitude, longitude, zoom }: View): string {
  const digits = Math.min(6, Math.max(1, Math.ceil(zoom * 0.31 + 0.2)))
  return [latitude.toFixed(digits), longitude.toFixed(digits), zoom.toFixed(2)].map(Number).join(',')
}
