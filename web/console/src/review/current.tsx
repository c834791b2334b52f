/** The annotation that is looked at: its crop, its facts, the decision, a note. */
import { Link } from '@tanstack/react-router'
import { Check, ExternalLink, Undo2, X } from 'lucide-react'
import { type ReactElement, type RefObject, useLayoutEffect, useRef, useState } from 'react'
import { useAuthorWords } from '../app/author'
import type { LabelStyles, Size } from '../drawing'
import { useFormats } from '../text/catalogue'
import { Button, buttonClass } from '../ui/button'
import { TextField } from '../ui/field'
import type { Item } from './api'
import { Crop } from './crop'
import styles from './review.module.css'
import { texts } from './texts'

export interface CurrentProps {
  item: Item
  project: string
  colours: LabelStyles
  canEdit: boolean
  canUndo: boolean
  note: string
  setNote: (note: string) => void
  noteField: RefObject<HTMLInputElement | null>
  decide: (state: 'accepted' | 'rejected') => void
  next: () => void
  undo: () => void
  /** Leave the field of the note for the queue. */
  leaveNote: () => void
}

export function Current(props: CurrentProps): ReactElement {
  const { item, project, colours, canEdit, canUndo, note, setNote, noteField, decide, next, undo, leaveNote } = props
  const text = texts.use()
  const { annotation, asset } = item
  const [place, size] = useSizeOf()
  const name = annotation.label ?? text.noLabel
  const isVideo = asset.media_type === 'video'
  const frame = annotation.frame_index
  return (
    <section className={styles.current} aria-label={text.current}>
      <div ref={place} className={styles.picture}>
        {size ? <Crop key={annotation.annotation_id} {...{ item, size, colours }} isLarge /> : null}
        {isVideo ? <p className={styles.video}>{text.ofVideo}</p> : null}
      </div>
      <div className={styles.facts}>
        <div className={styles.words} aria-live="polite">
          <h2>{name}</h2>
          <p>
            <Facts item={item} />
          </p>
        </div>
        <Link
          to="/p/$project/a/$asset"
          params={{ project, asset: asset.asset_id }}
          search={{ ann: annotation.annotation_id, ...(typeof frame === 'number' ? { frame } : {}) }}
          className={buttonClass('quiet')}
        >
          <ExternalLink aria-hidden />
          {text.open}
        </Link>
      </div>
      {canEdit ? (
        <div className={styles.decide}>
          <TextField
            label={text.note}
            value={note}
            onChange={setNote}
            inputRef={noteField}
            maxLength={1024}
            onKeyDown={(event) => {
              if (event.key !== 'Escape' && event.key !== 'Enter') return
              event.preventDefault()
              leaveNote()
            }}
          />
          <div className={styles.buttons}>
            <Button kind="primary" onPress={() => decide('accepted')}>
              <Check aria-hidden />
              {text.accept}
              <kbd>a</kbd>
            </Button>
            <Button onPress={() => decide('rejected')}>
              <X aria-hidden />
              {text.reject}
              <kbd>r</kbd>
            </Button>
            <Button onPress={next}>
              {text.skip}
              <kbd>→</kbd>
            </Button>
            <Button kind="quiet" onPress={undo} isDisabled={!canUndo}>
              <Undo2 aria-hidden />
              {text.undo}
              <kbd>z</kbd>
            </Button>
          </div>
        </div>
      ) : null}
    </section>
  )
}

function Facts({ item: { annotation, asset } }: { item: Item }): ReactElement {
  const text = texts.use()
  const format = useFormats()
  const author = useAuthorWords()
  const { review } = annotation
  const facts = [
    annotation.field,
    typeof annotation.confidence === 'number' ? text.sure(format.percent(annotation.confidence)) : undefined,
    text.by(author(String(annotation.created_by))),
    typeof annotation.frame_index === 'number' ? text.frame(format.number(annotation.frame_index + 1)) : undefined,
    asset.file_name,
    review?.note ? text.noted(String(review.note), review.by ? author(String(review.by)) : undefined) : undefined,
  ]
  return <>{facts.filter(Boolean).join(' · ')}</>
}

/** Return a reference for an element and its size in CSS pixels. */
function useSizeOf(): [RefObject<HTMLDivElement | null>, Size | undefined] {
  const element = useRef<HTMLDivElement>(null)
  const [size, setSize] = useState<Size>()
  useLayoutEffect(() => {
    if (!element.current) return
    const observer = new ResizeObserver(([entry]) => {
      if (entry) setSize([Math.floor(entry.contentRect.width), Math.floor(entry.contentRect.height)])
    })
    observer.observe(element.current)
    return () => observer.disconnect()
  }, [])
  return [element, size]
}
