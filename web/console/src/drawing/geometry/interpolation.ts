/**
 * Interpolation of tracked objects between key frames: linear, as in CVAT.
 *
 * Port of `foveal/render/draw/interpolation.py`. An annotation of a frame speaks for its object on that frame; from a
 * key frame on its object is there, until a key frame that is `outside`.
 */
import type { Annotation } from '../annotation'

const LISTS = ['bbox', 'rings', 'holes', 'cuboid'] as const
const FORMS = ['rings', 'holes', 'cuboid', 'ellipse'] as const

type Between = (start: number, end: number) => number
type Keypoints = NonNullable<Annotation['keypoints']>

/** Return the key of the tracked object; a box and a mask with one `track_id` are different objects. */
export function trackOf(annotation: Annotation): string {
  return JSON.stringify([annotation.field, annotation.track_id, annotation.type])
}

/** Return the annotations of a frame: its own ones, those of the whole asset, and tracks between their key frames. */
export function onFrame(
  annotations: readonly Annotation[],
  frame: number,
  isThere: (annotation: Annotation) => boolean,
): Annotation[] {
  const found: Annotation[] = []
  const spokenFor = new Set<string>()
  const before = new Map<string, Annotation>()
  const after = new Map<string, Annotation>()
  for (const each of annotations) {
    const at = each.frame_index
    if (at === undefined || at === null) {
      if (each.type !== 'track' && isThere(each)) found.push(each)
      continue
    }
    if (at === frame) found.push(each)
    if (typeof each.track_id !== 'string') continue
    const track = trackOf(each)
    if (at === frame) spokenFor.add(track)
    else if (each.keyframe) {
      const [nearest, direction] = at < frame ? [before, -1] : [after, 1]
      const known = nearest.get(track)
      if (!known || (at - (known.frame_index as number)) * direction < 0) nearest.set(track, each)
    }
  }
  for (const [track, each] of before) {
    if (!spokenFor.has(track) && !each.outside) found.push(interpolated(each, after.get(track), frame))
  }
  return found.filter((each) => !each.outside)
}

/** Return a key frame's annotation as it is on a later frame; masks and geometries of different form stay. */
export function interpolated(one: Annotation, other: Annotation | undefined, frame: number): Annotation {
  const found: Annotation = { ...one, frame_index: frame, keyframe: false, interpolated: true }
  if (!other || one.mask || one.map || one.coordinate_frame !== other.coordinate_frame) return found
  if (FORMS.some((name) => formOf(one[name]) !== formOf(other[name]))) return found
  const [first, last] = [one.frame_index as number, other.frame_index as number]
  const share = (frame - first) / (last - first)
  const between: Between = (start, end) => start + (end - start) * share
  for (const name of LISTS) {
    if (one[name] && other[name]) Object.assign(found, { [name]: each(one[name], other[name], between) })
  }
  if (one.ellipse && other.ellipse) {
    const [start, end] = [one.ellipse, other.ellipse]
    found.ellipse = {
      cx: between(start.cx, end.cx),
      cy: between(start.cy, end.cy),
      rx: between(start.rx, end.rx),
      ry: between(start.ry, end.ry),
    }
  }
  if (one.rotation !== undefined || other.rotation !== undefined) {
    const [start, end] = [one.rotation ?? 0, other.rotation ?? 0]
    found.rotation = start + (modulo(end - start + 180, 360) - 180) * share
  }
  if (one.keypoints) found.keypoints = points(one.keypoints, other.keypoints ?? [], between)
  return found
}

/** Return the points, each on its way to the one of the same name, or at the same position where they have none. */
function points(one: Keypoints, other: Keypoints, between: Between): Keypoints {
  const ends = new Map(other.map((each, position) => [each.name ?? position, each]))
  return one.map((each, position) => {
    const end = ends.get(each.name ?? position)
    if (!end || each.visibility === 0 || end.visibility === 0) return { ...each }
    const places = [each.x, each.y, end.x, end.y]
    if (places.some((place) => typeof place !== 'number')) return { ...each }
    const [x0, y0, x1, y1] = places as [number, number, number, number]
    return { ...each, x: between(x0, x1), y: between(y0, y1) }
  })
}

function each(one: unknown, other: unknown, between: Between): unknown {
  if (!Array.isArray(one)) return between(one as number, other as number)
  return one.map((start, at) => each(start, (other as unknown[])[at], between))
}

/** Return the form of a geometry: two geometries of equal form can be interpolated number by number. */
function formOf(geometry: unknown): string {
  if (Array.isArray(geometry)) return `[${geometry.map(formOf).join()}]`
  if (typeof geometry === 'object' && geometry !== null) return Object.keys(geometry).sort().join()
  return geometry === undefined || geometry === null ? 'none' : 'number'
}

const modulo = (value: number, by: number): number => ((value % by) + by) % by
