/** Timeline of a video, or of a picture with frames: playhead, tracks with their key frames, intervals; one row for each track. */
import { ChevronLeft, ChevronRight, Diamond, LogOut, Pause, Play } from 'lucide-react'
import { type KeyboardEvent, type PointerEvent, type ReactElement, useMemo, useState } from 'react'
import type { Annotation, FrameFacts, LabelStyles } from '../../drawing'
import { Button, IconButton } from '../../ui/button'
import type { Patch } from '../edits/changes'
import { texts } from '../texts'
import { type Lane, lanesOf } from './lanes'
import type { Playback } from './playback'
import styles from './timeline.module.css'

export interface TimelineProps {
  /** Whether it plays. */
  isVideo: boolean
  asset: FrameFacts
  annotations: readonly Annotation[]
  labelStyles: LabelStyles
  playback: Playback
  selected: Annotation | undefined
  select: (id: string) => void
  canEdit: boolean
  /** Make the selected track's state on this frame a key frame. */
  makeKeyframe: () => void
  /** End the selected track before this frame. */
  endTrack: () => void
  change: (id: string, patch: Patch) => void
}

export function Timeline(props: TimelineProps): ReactElement {
  const { isVideo, asset, annotations, labelStyles, playback } = props
  const { selected, select, canEdit, makeKeyframe, endTrack, change } = props
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
        {isVideo ? (
          <IconButton label={isPlaying ? text.pause : text.play} keys="Space" onPress={toggle}>
            {isPlaying ? <Pause aria-hidden /> : <Play aria-hidden />}
          </IconButton>
        ) : null}
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
        {isVideo ? <time className={styles.time}>{clock(playback.seconds)}</time> : null}
        {isApproximate ? (
          <span className={styles.approximate} title={text.approximateHelp}>
            ≈ {text.approximate}
          </span>
        ) : null}
        {canEdit && selected?.track_id ? (
          <>
            <Button kind="quiet" onPress={makeKeyframe}>
              <Diamond aria-hidden />
              {text.keyframe}
            </Button>
            <Button kind="quiet" onPress={endTrack}>
              <LogOut aria-hidden />
              {text.endsHere}
            </Button>
          </>
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
              {canEdit && isOf(lane, selected) && typeof selected?.support?.first === 'number' ? (
                <Ends support={selected.support} count={count} change={(support) => change(lane.id, { support })} />
              ) : null}
              <span className={styles.head} style={{ left: share(frame) }} />
            </div>
          </div>
        ))}
      </div>
    </section>
  )
}

/** Handles at both ends of an interval; the number fields beside the list do the same without a pointer. */
function Ends(props: {
  support: NonNullable<Annotation['support']>
  count: number
  change: (support: { first: number; last: number }) => void
}): ReactElement {
  const { support, count, change } = props
  const { first = 0, last = 0 } = support
  const [moved, setMoved] = useState<{ first: number; last: number }>()
  const shown = moved ?? { first: first ?? 0, last: last ?? 0 }
  const drag = (end: 'first' | 'last') => (event: PointerEvent<HTMLElement>) => {
    const lane = event.currentTarget.parentElement
    if (event.type === 'pointerdown') event.currentTarget.setPointerCapture(event.pointerId)
    else if (!lane || !event.currentTarget.hasPointerCapture(event.pointerId)) return
    const box = (lane as HTMLElement).getBoundingClientRect()
    const at = Math.round(Math.min(1, Math.max(0, (event.clientX - box.left) / box.width)) * (count - 1))
    const next =
      end === 'first' ? { ...shown, first: Math.min(at, shown.last) } : { ...shown, last: Math.max(at, shown.first) }
    if (event.type === 'pointermove') setMoved(next)
    if (event.type !== 'pointerup') return
    setMoved(undefined)
    if (moved) change(moved)
  }
  return (
    <>
      {(['first', 'last'] as const).map((end) => (
        <span
          key={end}
          className={styles.end}
          style={{ left: `${count > 1 ? (shown[end] / (count - 1)) * 100 : 0}%` }}
          onPointerDown={drag(end)}
          onPointerMove={drag(end)}
          onPointerUp={drag(end)}
        />
      ))}
    </>
  )
}

function isOf(lane: Lane, selected: Annotation | undefined): boolean {
  if (!selected) return false
  return lane.id === selected.annotation_id || lane.marks.some(({ id }) => id === selected.annotation_id)
}

function clock(seconds: number | undefined): string {
  if (seconds === undefined) return ''
  const minutes = Math.floor(seconds / 60)
  return `${minutes}:${(seconds - 60 * minutes).toFixed(3).padStart(6, '0')}`
}
