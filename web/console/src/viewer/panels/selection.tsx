/** The selected annotation: its label, place in numbers, review; edited here without a pointer. */
import { Check, Trash2, X } from 'lucide-react'
import { type ReactElement, useState } from 'react'
import { type Annotation, reviewStateOf, type Size } from '../../drawing'
import { useFormats } from '../../text/catalogue'
import { Button, IconButton } from '../../ui/button'
import { TextField } from '../../ui/field'
import { Key } from '../../ui/key'
import type { Patch } from '../edits/changes'
import { texts } from '../texts'
import { LabelBox } from './label-box'
import { NumberField } from './number-field'
import styles from './panels.module.css'
import { StateIcon } from './review-state'

const MAX_FRAME = 10_000_000

export interface SelectionProps {
  annotation: Annotation
  image: Size
  labels: readonly string[]
  canEdit: boolean
  change: (patch: Patch) => void
  review: (state: 'accepted' | 'rejected') => void
  remove: () => void
  close: () => void
}

export function SelectionPanel(props: SelectionProps): ReactElement {
  const { annotation, image, labels, canEdit, change, close } = props
  const text = texts.use()
  const format = useFormats()
  const parts = [
    text[annotation.type],
    annotation.field,
    typeof annotation.confidence === 'number' ? text.sure(format.percent(annotation.confidence)) : undefined,
    annotation.track_id ? text.tracked(annotation.track_id) : undefined,
    typeof annotation.frame_index === 'number' ? text.frameNumber(annotation.frame_index + 1) : undefined,
  ]
  return (
    <section className={styles.selection} aria-label={annotation.label ?? text[annotation.type]}>
      <header>
        <div className={styles.heading}>
          <h2>{annotation.label ?? text[annotation.type]}</h2>
          <p className={styles.muted}>{parts.filter(Boolean).join(' · ')}</p>
        </div>
        {canEdit ? (
          <IconButton label={text.delete} keys="Del" onPress={props.remove}>
            <Trash2 aria-hidden />
          </IconButton>
        ) : null}
        <IconButton label={text.close} keys="Esc" onPress={close}>
          <X aria-hidden />
        </IconButton>
      </header>
      {annotation.text ? <p>{annotation.text}</p> : null}
      {canEdit ? (
        <>
          <LabelBox
            label={text.label}
            labels={labels}
            value={annotation.label ?? undefined}
            onChange={(label) => change({ label, ...(annotation.label_id ? { label_id: null } : {}) })}
          />
          <Place annotation={annotation} image={image} change={change} />
          <Interval annotation={annotation} change={change} />
        </>
      ) : null}
      <Attributes values={annotation.attributes} />
      <Review {...props} />
    </section>
  )
}

function Place({ annotation, image, change }: { annotation: Annotation; image: Size; change: (patch: Patch) => void }) {
  const text = texts.use()
  const [x = 0, y = 0, width = 0, height = 0] = annotation.bbox ?? []
  if (annotation.type !== 'detection' || !annotation.bbox) {
    const count = annotation.rings?.reduce((total, ring) => total + ring.length, 0) ?? annotation.keypoints?.length
    return count ? <p className={styles.muted}>{text.points(count)}</p> : null
  }
  const rotation = annotation.rotation ?? 0
  const turn = annotation.rotation === undefined ? {} : { rotation }
  const pixels = (share: number, side: number): number => Math.round(share * side * 100) / 100
  const set = (at: number, side: number) => (value: number) =>
    change({ bbox: [x, y, width, height].map((each, index) => (index === at ? value / side : each)), ...turn })
  return (
    <fieldset className={styles.numbers}>
      <legend className="visually-hidden">{text.pixels}</legend>
      <NumberField
        label={text.x}
        value={pixels(x, image[0])}
        max={image[0] * (1 - width)}
        onChange={set(0, image[0])}
      />
      <NumberField
        label={text.y}
        value={pixels(y, image[1])}
        max={image[1] * (1 - height)}
        onChange={set(1, image[1])}
      />
      <NumberField
        label={text.width}
        value={pixels(width, image[0])}
        min={1}
        max={image[0] * (1 - x)}
        onChange={set(2, image[0])}
      />
      <NumberField
        label={text.height}
        value={pixels(height, image[1])}
        min={1}
        max={image[1] * (1 - y)}
        onChange={set(3, image[1])}
      />
      <NumberField
        label={text.angle}
        value={rotation}
        min={-360}
        max={360}
        onChange={(degrees) => change({ bbox: [x, y, width, height], rotation: degrees || null })}
      />
    </fieldset>
  )
}

/** First and last frame of an interval that is given in frames; people count them from 1. */
function Interval({ annotation, change }: { annotation: Annotation; change: (patch: Patch) => void }) {
  const text = texts.use()
  const { first, last } = annotation.support ?? {}
  if (typeof first !== 'number' || typeof last !== 'number') return null
  const set = (support: { first: number; last: number }): void => change({ support })
  return (
    <fieldset className={styles.numbers}>
      <NumberField
        label={text.firstFrame}
        value={first + 1}
        min={1}
        max={last + 1}
        onChange={(frame) => set({ first: Math.round(frame) - 1, last })}
      />
      <NumberField
        label={text.lastFrame}
        value={last + 1}
        min={first + 1}
        max={MAX_FRAME}
        onChange={(frame) => set({ first, last: Math.round(frame) - 1 })}
      />
    </fieldset>
  )
}

function Attributes({ values }: { values: Annotation['attributes'] }): ReactElement | null {
  if (!values || !Object.keys(values).length) return null
  return (
    <dl className={styles.facts}>
      {Object.entries(values).map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{Array.isArray(value) ? value.join(', ') : String(value)}</dd>
        </div>
      ))}
    </dl>
  )
}

function Review({ annotation, canEdit, change, review }: SelectionProps): ReactElement {
  const text = texts.use()
  const state = reviewStateOf(annotation)
  const given = typeof annotation.review?.note === 'string' ? annotation.review.note : ''
  const [note, setNote] = useState<string>()
  const commit = (): void => {
    if (note !== undefined && note !== given) change({ review: { state: state ?? 'pending', note: note || null } })
    setNote(undefined)
  }
  return (
    <>
      <p className={styles.reviewed}>
        <StateIcon state={state} />
        {state ? text[state] : text.notReviewed}
        {given && !canEdit ? ` – ${given}` : ''}
      </p>
      {canEdit ? (
        <>
          <div className={styles.actions}>
            <Button onPress={() => review('accepted')} aria-pressed={state === 'accepted'}>
              <Check aria-hidden />
              {text.accept}
              <Key name="a" />
            </Button>
            <Button onPress={() => review('rejected')} aria-pressed={state === 'rejected'}>
              <X aria-hidden />
              {text.reject}
              <Key name="r" />
            </Button>
          </div>
          <TextField label={text.note} value={note ?? given} onChange={setNote} onBlur={commit} maxLength={1024} />
        </>
      ) : null}
    </>
  )
}
