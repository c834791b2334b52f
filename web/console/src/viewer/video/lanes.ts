/** Rows of the timeline: tracks with their key frames, and intervals. */
import {
  type Annotation,
  colourOf,
  displaySeconds,
  type FrameFacts,
  hexadecimal,
  type LabelStyles,
} from '../../drawing'

export interface Lane {
  key: string
  name: string
  colour: string
  /** First and last frame of each part in which the object is there. */
  spans: readonly (readonly [number, number])[]
  marks: readonly { frame: number; id: string; isKey: boolean }[]
  /** The annotation that a click on the name selects. */
  id: string
}

/** Return the tracks and intervals, in the order in which they begin. */
export function lanesOf(
  annotations: readonly Annotation[],
  asset: FrameFacts,
  count: number,
  styles: LabelStyles,
): Lane[] {
  const tracks = new Map<string, Annotation[]>()
  const lanes: Lane[] = []
  for (const each of annotations) {
    if (each.support) {
      const span = spanOf(each.support, asset, count)
      if (span) lanes.push(laneOf(each, [span], [], styles))
    } else if (typeof each.frame_index === 'number') {
      const key = each.track_id ? JSON.stringify([each.field, each.track_id]) : each.annotation_id
      tracks.set(key, [...(tracks.get(key) ?? []), each])
    }
  }
  for (const places of tracks.values()) {
    places.sort((one, other) => (one.frame_index as number) - (other.frame_index as number))
    const first = places[0] as Annotation
    const marks = places.map((each) => ({
      frame: each.frame_index as number,
      id: each.annotation_id,
      isKey: each.keyframe === true,
    }))
    lanes.push(laneOf(first, spansOf(places, count), marks, styles))
  }
  const begin = (lane: Lane): number => lane.spans[0]?.[0] ?? 0
  return lanes.sort((one, other) => begin(one) - begin(other) || one.name.localeCompare(other.name))
}

function laneOf(annotation: Annotation, spans: Lane['spans'], marks: Lane['marks'], styles: LabelStyles): Lane {
  const { annotation_id: id, label, track_id: track, type } = annotation
  const name = [label ?? type, track].filter(Boolean).join(' · ')
  return { key: id, id, name, colour: hexadecimal(colourOf(label, styles.colours)), spans, marks }
}

/** Return the parts of a track: from a key frame to the next one that is outside, else to the end. */
function spansOf(places: readonly Annotation[], count: number): [number, number][] {
  const spans: [number, number][] = []
  let start: number | undefined
  for (const [at, each] of places.entries()) {
    const frame = each.frame_index as number
    if (each.outside) {
      if (start !== undefined) spans.push([start, Math.max(start, frame - 1)])
      start = undefined
    } else if (each.keyframe) start ??= frame
    else if (start === undefined) {
      const last = spans.at(-1)
      const isNext = places[at - 1]?.frame_index === frame - 1 && last?.[1] === frame - 1
      if (last && isNext) last[1] = frame
      else spans.push([frame, frame])
    }
  }
  if (start !== undefined) spans.push([start, count - 1])
  return spans
}

function spanOf(
  support: NonNullable<Annotation['support']>,
  asset: FrameFacts,
  count: number,
): [number, number] | undefined {
  const { first, last, start_seconds: start, end_seconds: end } = support
  if (typeof first === 'number' && typeof last === 'number') return [first, last]
  const each = displaySeconds(asset, 1)
  if (!each || typeof start !== 'number' || typeof end !== 'number') return undefined
  return [Math.ceil(start / each - 1e-6), Math.min(count - 1, Math.floor(end / each + 1e-6))]
}
