/** The part of the image that a canvas shows: a scale and the position of the image's corner, in CSS pixels. */
import type { Bounds, Point, Size } from './geometry/points'

export interface Viewport {
  /** CSS pixels for each pixel of the image. */
  scale: number
  x: number
  y: number
}

const MAX_SCALE = 64
const MARGIN = 16
/** CSS pixels of the image that stay in sight, so that it cannot be lost. */
const MIN_IN_SIGHT = 48

/** Return the viewport that shows the whole image in the middle, small ones no larger than `maxScale`. */
export function fitted(image: Size, view: Size, maxScale = 4): Viewport {
  return around([0, 0, image[0], image[1]], view, maxScale)
}

/** Return the viewport that shows a part of the image in the middle. */
export function around(bounds: Bounds, view: Size, maxScale = 16): Viewport {
  const [width, height] = [Math.max(1, bounds[2] - bounds[0]), Math.max(1, bounds[3] - bounds[1])]
  const room: Size = [Math.max(1, view[0] - 2 * MARGIN), Math.max(1, view[1] - 2 * MARGIN)]
  const scale = Math.min(room[0] / width, room[1] / height, maxScale)
  const [x, y] = [(bounds[0] + bounds[2]) / 2, (bounds[1] + bounds[3]) / 2]
  return { scale, x: view[0] / 2 - x * scale, y: view[1] / 2 - y * scale }
}

/** Return the viewport after a change of scale that keeps a point of the screen in its place. */
export function zoomed(viewport: Viewport, factor: number, at: Point, image: Size, view: Size): Viewport {
  const least = Math.min(1, fitted(image, view).scale) / 2
  const scale = Math.min(MAX_SCALE, Math.max(least, viewport.scale * factor))
  const ratio = scale / viewport.scale
  return held({ scale, x: at[0] - (at[0] - viewport.x) * ratio, y: at[1] - (at[1] - viewport.y) * ratio }, image, view)
}

export function panned(viewport: Viewport, by: Point, image: Size, view: Size): Viewport {
  return held({ ...viewport, x: viewport.x + by[0], y: viewport.y + by[1] }, image, view)
}

export const toImage = (viewport: Viewport, [x, y]: Point): Point => [
  (x - viewport.x) / viewport.scale,
  (y - viewport.y) / viewport.scale,
]

export const toScreen = (viewport: Viewport, [x, y]: Point): Point => [
  x * viewport.scale + viewport.x,
  y * viewport.scale + viewport.y,
]

/** Return the part of the image's plane that a view of a size shows. */
export function shown(viewport: Viewport, view: Size): Bounds {
  const [left, top] = toImage(viewport, [0, 0])
  const [right, bottom] = toImage(viewport, view)
  return [left, top, right, bottom]
}

function held(viewport: Viewport, image: Size, view: Size): Viewport {
  const within = (at: number, length: number, room: number): number =>
    Math.min(room - MIN_IN_SIGHT, Math.max(MIN_IN_SIGHT - length, at))
  return {
    scale: viewport.scale,
    x: within(viewport.x, image[0] * viewport.scale, view[0]),
    y: within(viewport.y, image[1] * viewport.scale, view[1]),
  }
}
