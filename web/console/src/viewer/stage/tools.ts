/** Tools that draw new annotations: points are placed one by one, by pointer or keys, until the shape is whole. */
import type { Point, Size } from '../../drawing'
import { boxOf, relative } from './handles'

export const TOOLS = ['select', 'box', 'polygon', 'polyline', 'keypoints', 'brush', 'eraser'] as const
export type Tool = (typeof TOOLS)[number]
/** Tools that place points; the others paint. */
export type DrawTool = Exclude<Tool, 'select' | 'brush' | 'eraser'>

export interface Draft {
  tool: DrawTool
  /** Placed points in pixels of the image. */
  points: readonly Point[]
}

/** Image pixels that two corners of a box lie apart at least, so that a click is none. */
const MIN_DRAG = 3

export const paints = (tool: Tool): tool is 'brush' | 'eraser' => tool === 'brush' || tool === 'eraser'

export const begun = (tool: DrawTool): Draft => ({ tool, points: [] })

export function placed(draft: Draft, point: Point): Draft {
  return { ...draft, points: [...draft.points, point] }
}

export function withoutLast(draft: Draft): Draft {
  return { ...draft, points: draft.points.slice(0, -1) }
}

/** Tell whether a draft needs no more points; `skeleton` is the number of points that the label has, if it has one. */
export function isWhole(draft: Draft, skeleton: number | undefined): boolean {
  if (draft.tool === 'box') return draft.points.length === 2
  return draft.tool === 'keypoints' && skeleton !== undefined && draft.points.length === skeleton
}

/** Return the geometry of a draft; undefined while it has too few points. */
export function geometryOf(draft: Draft, image: Size, names: readonly string[]): Record<string, unknown> | undefined {
  const { tool, points } = draft
  if (tool === 'box') {
    const [one, other] = points
    if (!one || !other || Math.abs(one[0] - other[0]) < MIN_DRAG || Math.abs(one[1] - other[1]) < MIN_DRAG)
      return undefined
    return { type: 'detection', bbox: boxOf(one, other, image) }
  }
  const ring = points.map((point) => [...relative(point, image)])
  if (tool === 'polygon') return ring.length < 3 ? undefined : { type: 'polygon', rings: [ring] }
  if (tool === 'polyline') return ring.length < 2 ? undefined : { type: 'polyline', rings: [ring] }
  if (!ring.length) return undefined
  const rest = names.slice(ring.length).map((name) => ({ name, visibility: 0 }))
  const keypoints = ring.map(([x, y], at) => ({ ...(names[at] ? { name: names[at] } : {}), x, y, visibility: 2 }))
  return { type: 'keypoints', keypoints: [...keypoints, ...rest] }
}
