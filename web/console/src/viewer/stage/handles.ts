/** Handles of annotations: where they are, and the change of geometry that dragging one makes. All in image pixels. */
import type { Annotation, Point, Size } from '../../drawing'
import type { Patch } from '../edits/changes'

export interface Handle {
  /** `nw`, `n`, … of a box, `rotate`, `point 0 3` of ring 0, `keypoint 2`, `edge 0 3` between two points. */
  id: string
  at: Point
}

const SIDES: Readonly<Record<string, readonly [number, number]>> = {
  nw: [-1, -1],
  n: [0, -1],
  ne: [1, -1],
  e: [1, 0],
  se: [1, 1],
  s: [0, 1],
  sw: [-1, 1],
  w: [-1, 0],
}
/** Image pixels of the least side of a box. */
const MIN_SIDE = 1

/** Whether the geometry of an annotation can be changed here. */
export function isEditable(annotation: Annotation): boolean {
  if (annotation.type === 'detection') return annotation.bbox !== undefined
  if (annotation.type === 'ellipse') return annotation.ellipse !== undefined
  return ['polygon', 'polyline', 'keypoints'].includes(annotation.type)
}

/** Return the handles of an annotation; `scale` is the number of CSS pixels for each pixel of the image. */
export function handlesOf(annotation: Annotation, image: Size, scale: number): Handle[] {
  const frame = frameOf(annotation, image)
  if (frame) {
    const corners = Object.entries(SIDES).map(([id, [across, down]]) => ({
      id,
      at: fromFrame(frame, [(across * frame.size[0]) / 2, (down * frame.size[1]) / 2]),
    }))
    return [...corners, { id: 'rotate', at: fromFrame(frame, [0, -frame.size[1] / 2 - 24 / scale]) }]
  }
  if (annotation.type === 'keypoints') {
    return (annotation.keypoints ?? []).flatMap(({ x, y, visibility }, at) =>
      typeof x === 'number' && typeof y === 'number' && visibility !== 0
        ? [{ id: `keypoint ${at}`, at: [x * image[0], y * image[1]] as Point }]
        : [],
    )
  }
  return (annotation.rings ?? []).flatMap((ring, number) =>
    ring.map(([x = 0, y = 0], at) => ({ id: `point ${number} ${at}`, at: [x * image[0], y * image[1]] as Point })),
  )
}

/** Return the change that brings a handle to a point; `isSquare` keeps the ratio of sides, or steps of 15 degrees. */
export function dragged(annotation: Annotation, handle: string, to: Point, image: Size, isSquare = false): Patch {
  const frame = frameOf(annotation, image)
  if (frame)
    return handle === 'rotate'
      ? turned(annotation, frame, to, image, isSquare)
      : resized(annotation, frame, handle, to, image, isSquare)
  const [kind, ring, at] = handle.split(' ')
  const place = relative(to, image)
  if (kind === 'keypoint') {
    const keypoints = plainKeypoints(annotation)
    return {
      keypoints: keypoints.map((each, index) =>
        index === Number(ring) ? { ...each, x: place[0], y: place[1] } : each,
      ),
    }
  }
  const rings = (annotation.rings ?? []).map((points, index) =>
    index === Number(ring) ? points.map((point, position) => (position === Number(at) ? [...place] : point)) : points,
  )
  return withHoles(annotation, rings)
}

/** Return the change that moves an annotation, held within the image. */
export function movedBy(annotation: Annotation, by: Point, image: Size): Patch {
  const [left, top, right, bottom] = extent(annotation)
  const x = Math.min(1 - right, Math.max(-left, by[0] / image[0]))
  const y = Math.min(1 - bottom, Math.max(-top, by[1] / image[1]))
  const move = (points: readonly (readonly number[])[]): number[][] =>
    points.map(([a = 0, b = 0]) => [share(a + x), share(b + y)])
  if (annotation.type === 'detection') {
    const [a = 0, b = 0, width = 0, height = 0] = annotation.bbox ?? []
    return keepingTurn(annotation, { bbox: [share(a + x), share(b + y), width, height] })
  }
  if (annotation.ellipse) {
    const { cx, cy, rx, ry } = annotation.ellipse
    return keepingTurn(annotation, { ellipse: { cx: share(cx + x), cy: share(cy + y), rx, ry } })
  }
  if (annotation.type === 'keypoints') {
    const keypoints = plainKeypoints(annotation)
    const isPlaced = (each: { x?: unknown; y?: unknown }): boolean =>
      typeof each.x === 'number' && typeof each.y === 'number'
    return {
      keypoints: keypoints.map((each) =>
        isPlaced(each) ? { ...each, x: share((each.x as number) + x), y: share((each.y as number) + y) } : each,
      ),
    }
  }
  const moved = withHoles(annotation, (annotation.rings ?? []).map(move))
  return annotation.holes?.length ? { ...moved, holes: annotation.holes.map(move) } : moved
}

/** Return the change that adds a point to a ring or line behind another one. */
export function withPoint(annotation: Annotation, ring: number, behind: number, to: Point, image: Size): Patch {
  const rings = (annotation.rings ?? []).map((points, index) =>
    index === ring ? points.toSpliced(behind + 1, 0, [...relative(to, image)]) : points,
  )
  return withHoles(annotation, rings)
}

/** Return the change that takes a point away; undefined where too few would be left. */
export function withoutPoint(annotation: Annotation, handle: string): Patch | undefined {
  const [kind, ring, at] = handle.split(' ')
  if (kind === 'keypoint') {
    const keypoints = plainKeypoints(annotation)
    const hidden = keypoints.map((each, index) =>
      index === Number(ring) ? { ...each, x: null, y: null, visibility: 0 } : each,
    )
    return { keypoints: hidden.map(({ x, y, ...each }) => (x === null ? each : { ...each, x, y })) }
  }
  if (kind !== 'point') return undefined
  const points = annotation.rings?.[Number(ring)]
  if (!points || points.length <= (annotation.type === 'polygon' ? 3 : 2)) return undefined
  const rings = (annotation.rings ?? []).map((each, index) =>
    index === Number(ring) ? each.toSpliced(Number(at), 1) : each,
  )
  return withHoles(annotation, rings)
}

/** Return the edge of a ring or line that lies under a point: the ring, and the position of the edge's first point. */
export function edgeAt(
  annotation: Annotation,
  point: Point,
  image: Size,
  tolerance: number,
): [number, number] | undefined {
  for (const [number, ring] of (annotation.rings ?? []).entries()) {
    const isClosed = annotation.type === 'polygon' || annotation.closed === true
    for (let at = 0; at < ring.length - (isClosed ? 0 : 1); at += 1) {
      const [x0 = 0, y0 = 0] = ring[at] ?? []
      const [x1 = 0, y1 = 0] = ring[(at + 1) % ring.length] ?? []
      const [ax, ay, bx, by] = [x0 * image[0], y0 * image[1], x1 * image[0], y1 * image[1]]
      const length = Math.hypot(bx - ax, by - ay) || 1
      const along = ((point[0] - ax) * (bx - ax) + (point[1] - ay) * (by - ay)) / length
      const aside = Math.abs((point[0] - ax) * (by - ay) - (point[1] - ay) * (bx - ax)) / length
      if (along > 0 && along < length && aside <= tolerance) return [number, at]
    }
  }
  return undefined
}

/** Return a box from two corners, relative, within the image. */
export function boxOf(one: Point, other: Point, image: Size): number[] {
  const [x0, y0] = relative(one, image)
  const [x1, y1] = relative(other, image)
  return [Math.min(x0, x1), Math.min(y0, y1), share(Math.abs(x1 - x0)), share(Math.abs(y1 - y0))]
}

/** Return a point relative to the image, held within it. */
export function relative([x, y]: Point, image: Size): readonly [number, number] {
  return [share(Math.min(1, Math.max(0, x / image[0]))), share(Math.min(1, Math.max(0, y / image[1])))]
}

/** A box or an ellipse: centre and size in pixels, turned clockwise. */
interface Frame {
  centre: Point
  size: Size
  degrees: number
}

function frameOf(annotation: Annotation, image: Size): Frame | undefined {
  const degrees = annotation.rotation ?? 0
  if (annotation.type === 'ellipse' && annotation.ellipse) {
    const { cx, cy, rx, ry } = annotation.ellipse
    return { centre: [cx * image[0], cy * image[1]], size: [2 * rx * image[0], 2 * ry * image[1]], degrees }
  }
  if (annotation.type !== 'detection' || !annotation.bbox) return undefined
  const [x = 0, y = 0, width = 0, height = 0] = annotation.bbox
  const size: Size = [width * image[0], height * image[1]]
  const corner: Point = [x * image[0], y * image[1]]
  const middle: Point = [size[0] / 2, size[1] / 2]
  if (annotation.rotation_origin === 'top_left') {
    const [across, down] = turn(middle, degrees)
    return { centre: [corner[0] + across, corner[1] + down], size, degrees }
  }
  return { centre: [corner[0] + middle[0], corner[1] + middle[1]], size, degrees }
}

function turn([x, y]: Point, degrees: number): Point {
  const [sine, cosine] = [Math.sin((degrees * Math.PI) / 180), Math.cos((degrees * Math.PI) / 180)]
  return [x * cosine - y * sine, x * sine + y * cosine]
}

function fromFrame({ centre, degrees }: Frame, point: Point): Point {
  const [x, y] = turn(point, degrees)
  return [centre[0] + x, centre[1] + y]
}

function toFrame({ centre, degrees }: Frame, point: Point): Point {
  return turn([point[0] - centre[0], point[1] - centre[1]], -degrees)
}

function turned(annotation: Annotation, frame: Frame, to: Point, image: Size, isStepped: boolean): Patch {
  const degrees = (Math.atan2(to[1] - frame.centre[1], to[0] - frame.centre[0]) * 180) / Math.PI + 90
  const step = isStepped ? 15 : 0.5
  const angle = (Math.round(degrees / step) * step + 360) % 360
  return ofFrame(annotation, { ...frame, degrees: angle }, image)
}

function resized(
  annotation: Annotation,
  frame: Frame,
  handle: string,
  to: Point,
  image: Size,
  isSquare: boolean,
): Patch {
  const [across, down] = SIDES[handle] ?? [0, 0]
  const limits = frame.degrees
    ? to
    : ([Math.min(image[0], Math.max(0, to[0])), Math.min(image[1], Math.max(0, to[1]))] as const)
  const [x, y] = toFrame(frame, limits)
  const [halfWidth, halfHeight] = [frame.size[0] / 2, frame.size[1] / 2]
  let width = across ? Math.max(MIN_SIDE, across * x + halfWidth) : frame.size[0]
  let height = down ? Math.max(MIN_SIDE, down * y + halfHeight) : frame.size[1]
  if (isSquare && across && down) {
    const ratio = Math.min(width / frame.size[0], height / frame.size[1])
    width = frame.size[0] * ratio
    height = frame.size[1] * ratio
  }
  const centre = fromFrame(frame, [(across * (width - frame.size[0])) / 2, (down * (height - frame.size[1])) / 2])
  return ofFrame(annotation, { centre, size: [width, height], degrees: frame.degrees }, image)
}

/** Return the geometry of a frame, turned about its centre. */
function ofFrame(annotation: Annotation, { centre, size, degrees }: Frame, image: Size): Patch {
  const turning = degrees || annotation.rotation ? { rotation: degrees || null } : {}
  const origin = annotation.rotation_origin === 'top_left' ? { rotation_origin: null } : {}
  if (annotation.type === 'ellipse') {
    const [rx, ry] = [size[0] / 2 / image[0], size[1] / 2 / image[1]]
    return {
      ellipse: { cx: share(centre[0] / image[0]), cy: share(centre[1] / image[1]), rx: share(rx), ry: share(ry) },
      ...turning,
    }
  }
  const [left, top] = [(centre[0] - size[0] / 2) / image[0], (centre[1] - size[1] / 2) / image[1]]
  const [width, height] = [size[0] / image[0], size[1] / image[1]]
  return { bbox: [share(left), share(top), share(width), share(height)], ...turning, ...origin }
}

function withHoles(annotation: Annotation, rings: number[][][]): Patch {
  return annotation.holes?.length ? { rings, holes: annotation.holes } : { rings }
}

function keepingTurn(annotation: Annotation, patch: Patch): Patch {
  return annotation.rotation === undefined ? patch : { ...patch, rotation: annotation.rotation }
}

/** Return the keypoints without pixels, which would contradict new relative places. */
function plainKeypoints(annotation: Annotation) {
  return (annotation.keypoints ?? []).map(({ x_px, y_px, ...each }) => each)
}

function extent(annotation: Annotation): readonly [number, number, number, number] {
  const points: (readonly number[])[] = [...(annotation.rings ?? []).flat()]
  for (const { x, y } of annotation.keypoints ?? [])
    if (typeof x === 'number' && typeof y === 'number') points.push([x, y])
  if (annotation.ellipse) {
    const { cx, cy, rx, ry } = annotation.ellipse
    points.push([cx - rx, cy - ry], [cx + rx, cy + ry])
  }
  if (!points.length) {
    const [x = 0, y = 0, width = 0, height = 0] = annotation.bbox ?? []
    points.push([x, y], [x + width, y + height])
  }
  const across = points.map(([x = 0]) => x)
  const down = points.map(([, y = 0]) => y)
  return [Math.min(...across), Math.min(...down), Math.max(...across), Math.max(...down)]
}

/** Return a number without the noise of floating point: 1e-7 is less than a hundredth of a pixel of any image. */
const share = (value: number): number => Math.round(value * 1e9) / 1e9
