/** Points, rings and bounds in pixels of the displayed image; x grows to the right, y down. */

export type Point = readonly [number, number]
export type Ring = readonly Point[]
export type Size = readonly [number, number]
/** Left, top, right, bottom. */
export type Bounds = readonly [number, number, number, number]

/** Return the bounds of points, undefined of none. */
export function boundsOf(points: Iterable<Point>): Bounds | undefined {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity]
  for (const [x, y] of points) {
    left = Math.min(left, x)
    top = Math.min(top, y)
    right = Math.max(right, x)
    bottom = Math.max(bottom, y)
  }
  return left <= right ? [left, top, right, bottom] : undefined
}

export function areaOf(bounds: Bounds): number {
  return (bounds[2] - bounds[0]) * (bounds[3] - bounds[1])
}

/** Return whether a point lies in rings by the even-odd rule. */
export function contains(rings: readonly Ring[], [x, y]: Point): boolean {
  let isInside = false
  for (const ring of rings) {
    for (let at = 0, before = ring.length - 1; at < ring.length; before = at, at += 1) {
      const [x1, y1] = ring[at] as Point
      const [x0, y0] = ring[before] as Point
      if (y1 > y !== y0 > y && x < ((x0 - x1) * (y - y1)) / (y0 - y1) + x1) isInside = !isInside
    }
  }
  return isInside
}

/** Return the least distance from a point to a line, or to a ring where it is closed. */
export function distanceTo(line: Ring, point: Point, isClosed: boolean): number {
  let least = Infinity
  for (let at = isClosed ? 0 : 1; at < line.length; at += 1) {
    least = Math.min(least, toSegment(point, line.at(at - 1) as Point, line[at] as Point))
  }
  return least
}

function toSegment([x, y]: Point, [x0, y0]: Point, [x1, y1]: Point): number {
  const [across, down] = [x1 - x0, y1 - y0]
  const length = across * across + down * down
  const share = length ? Math.min(1, Math.max(0, ((x - x0) * across + (y - y0) * down) / length)) : 0
  return Math.hypot(x - x0 - share * across, y - y0 - share * down)
}

/** Return points turned about an origin, clockwise as seen. */
export function rotated(ring: Ring, origin: Point, degrees: number): Ring {
  const [sine, cosine] = [Math.sin((degrees * Math.PI) / 180), Math.cos((degrees * Math.PI) / 180)]
  return ring.map(([x, y]) => [
    origin[0] + (x - origin[0]) * cosine - (y - origin[1]) * sine,
    origin[1] + (x - origin[0]) * sine + (y - origin[1]) * cosine,
  ])
}
