/** Timeline of a video: playhead, tracks with their key frames, intervals; one row for each track. */
import { ChevronLeft, ChevronRight, Diamond, Pause, Play } from 'lucide-react'
import { type KeyboardEvent, type PointerEvent, type ReactElement, useMemo, useState } from 'react'
import {
  type Annotation,
  colourOf,
  displaySeconds,
  type FrameFacts,
  hexadecimal,
  type LabelStyles,
} from '../../drawing'
import { Button, IconButton } from '../../ui/button'
import { texts } from '../texts'
import type { Playback } from './playback'
import styles from './timeline.module.css'

export interface TimelineProps {
  asset: FrameFacts
  annotations: readonly Annotation[]
  labelStyles: LabelStyles
  playback: Playback
  selected: Annotation | undefined
  select: (id: string) => void
  canEdit: boolean
  /** Make the selected track's state on this frame a key frame. */
  makeKeyframe: () => void
}

interface Lane {
  key: string
  name: string
  colour: string
  /** First and last frame of each part in which the object is there. */
  spans: readonly (readonly [number, number])[]
  marks: readonly { frame: number; id: string; isKey: boolean }[]
  /** The annotation that a click on the name selects. */
  id: string
}

export function Timeline(props: TimelineProps): ReactElement {
  const { asset, annotations, labelStyles, playback, selected, select, canEdit, makeKeyframe } = props
  const text = texts.use()
  const { frame, count, isPlaying, isApproximate, seek, toggle } = playback
  const [written, setWritten] = useState<string>()
  const lanes = useMemo(() => lanesOf(annotations, asset, count, labelStyles), [annotations, asset, count, labelStyles])
  const share = (at: number): string => `${count > 1 ? (at / (count - 1)) * 100 : 0}%`

  const drag = (event: PointerEvent<HTMLElement>): void => {
    if (event.type === 'pointerdown') event.currentTarget.setPointerCapture(event.pointerId)
    else if (!event.currentTarget.hasPointerCapture(event.pointerId)) return
    const box = event.currentTarget.getBoundingClientRect()
    seek(((event.clientX - box.left) / box.width) * (count - 1))
  }
  const press = (event: KeyboardEvent): void => {
    const steps: Record<string, number> = {
      ArrowLeft: frame - 1,
      ArrowRight: frame + 1,
      PageUp: frame - 10,
      PageDown: frame + 10,
      Home: 0,
      End: count - 1,
    }
    const to = steps[event.key]
    if (to === undefined) return
    event.preventDefault()
    event.stopPropagation()
    seek(to)
  }
  const commit = (): void => {
    if (written) seek(Number(written) - 1)
    setWritten(undefined)
  }
  return (
    <section className={styles.timeline} aria-label={text.timeline}>
      <div className={styles.controls}>
        <IconButton label={text.previousFrame} keys="," onPress={() => seek(frame - 1)}>
          <ChevronLeft aria-hidden />
        </IconButton>
        <IconButton label={isPlaying ? text.pause : text.play} keys="Space" onPress={toggle}>
          {isPlaying ? <Pause aria-hidden /> : <Play aria-hidden />}
        </IconButton>
        <IconButton label={text.nextFrame} keys="." onPress={() => seek(frame + 1)}>
          <ChevronRight aria-hidden />
        </IconButton>
        <label className={styles.frame}>
          <span>{text.frame}</span>
          <input
            inputMode="numeric"
            value={written ?? String(frame + 1)}
            onChange={(event) => setWritten(event.target.value.replace(/\D/g, ''))}
            onBlur={commit}
            onKeyDown={(event) => event.key === 'Enter' && commit()}
            aria-label={text.frameOf(frame + 1, count)}
          />
          <span>/ {count}</span>
        </label>
        <time className={styles.time}>{clock(displaySeconds(asset, frame))}</time>
        {isApproximate ? (
          <span className={styles.approximate} title={text.approximateHelp}>
            ≈ {text.approximate}
          </span>
        ) : null}
        {canEdit && selected?.track_id ? (
          <Button kind="quiet" onPress={makeKeyframe}>
            <Diamond aria-hidden />
            {text.keyframe}
          </Button>
        ) : null}
      </div>
      <div className={styles.row}>
        <span />
        <div
          role="slider"
          tabIndex={0}
          aria-label={text.frame}
          aria-valuemin={1}
          aria-valuemax={count}
          aria-valuenow={frame + 1}
          aria-valuetext={text.frameOf(frame + 1, count)}
          className={styles.ruler}
          onPointerDown={drag}
          onPointerMove={drag}
          onKeyDown={press}
        >
          <span className={styles.played} style={{ width: share(frame) }} />
          <span className={styles.thumb} style={{ left: share(frame) }} />
        </div>
      </div>
      <div className={styles.lanes}>
        {lanes.map((lane) => (
          <div key={lane.key} className={styles.row} data-selected={isOf(lane, selected)}>
            <button type="button" className={styles.name} onClick={() => select(lane.id)}>
              {lane.name}
            </button>
            <div className={styles.lane}>
              {lane.spans.map(([start, end]) => (
                <span
                  key={start}
                  className={styles.span}
                  style={{ left: share(start), right: `calc(100% - ${share(end)})`, background: lane.colour }}
                />
              ))}
              {lane.marks.map(({ frame: at, id, isKey }) => (
                <button
                  key={id}
                  type="button"
                  className={styles.mark}
                  data-key={isKey}
                  style={{ left: share(at) }}
                  aria-label={`${lane.name}, ${text.frameNumber(at + 1)}`}
                  onClick={() => {
                    seek(at)
                    select(id)
                  }}
                />
              ))}
              <span className={styles.head} style={{ left: share(frame) }} />
            </div>
          </div>
        ))}
      </div>
    </section>
  )
}

function isOf(lane: Lane, selected: Annotation | undefined): boolean {
  if (!selected) return false
  return lane.id === selected.annotation_id || lane.marks.some(({ id }) => id === selected.annotation_id)
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

function clock(seconds: number | undefined): string {
  if (seconds === undefined) return ''
  const minutes = Math.floor(seconds / 60)
  return `${minutes}:${(seconds - 60 * minutes).toFixed(3).padStart(6, '0')}`
}
