/** What waits next, as crops; some are selected and decided together. */
import { Check } from 'lucide-react'
import { type MouseEvent, memo, type ReactElement, useEffect, useRef } from 'react'
import type { LabelStyles, Size } from '../drawing'
import { useFormats } from '../text/catalogue'
import { Button } from '../ui/button'
import type { Item } from './api'
import { Crop } from './crop'
import styles from './review.module.css'
import { texts } from './texts'

const SIZE: Size = [112, 84]
/** Crops that are shown of what is loaded. */
const SHOWN = 60

export interface StripProps {
  items: readonly Item[]
  current: Item | undefined
  selected: ReadonlySet<string>
  colours: LabelStyles
  canEdit: boolean
  open: (annotationId: string) => void
  /** Select or leave out; with `isRange`, all from the one before. */
  pick: (annotationId: string, isRange: boolean) => void
  decide: (state: 'accepted' | 'rejected') => void
  clear: () => void
}

export function Strip(props: StripProps): ReactElement {
  const { items, current, selected, colours, canEdit, open, pick, decide, clear } = props
  const text = texts.use()
  const { number } = useFormats()
  const list = useRef<HTMLUListElement>(null)
  const at = current ? items.indexOf(current) : 0
  const first = Math.max(0, Math.min(at - 6, items.length - SHOWN))
  useEffect(() => {
    if (current) list.current?.querySelector('[aria-current]')?.scrollIntoView({ block: 'nearest' })
  }, [current])
  return (
    <section className={styles.strip} aria-label={text.waiting}>
      {selected.size ? (
        <div className={styles.batch} role="toolbar" aria-label={text.selected(number(selected.size))}>
          <strong>{text.selected(number(selected.size))}</strong>
          <Button kind="primary" onPress={() => decide('accepted')}>
            {text.acceptAll(number(selected.size))}
          </Button>
          <Button onPress={() => decide('rejected')}>{text.rejectAll(number(selected.size))}</Button>
          <Button kind="quiet" onPress={clear}>
            {text.clear}
          </Button>
        </div>
      ) : null}
      <ul ref={list} className={styles.tiles}>
        {items.slice(first, first + SHOWN).map((item) => (
          <Tile
            key={item.annotation.annotation_id}
            {...{ item, colours, canEdit, open, pick }}
            isCurrent={item === current}
            isSelected={selected.has(item.annotation.annotation_id)}
          />
        ))}
      </ul>
    </section>
  )
}

interface TileProps extends Pick<StripProps, 'colours' | 'canEdit' | 'open' | 'pick'> {
  item: Item
  isCurrent: boolean
  isSelected: boolean
}

const Tile = memo(function Tile({ item, colours, canEdit, open, pick, isCurrent, isSelected }: TileProps) {
  const text = texts.use()
  const { percent } = useFormats()
  const { annotation, asset } = item
  const id = annotation.annotation_id
  const label = annotation.label ?? text.noLabel
  const sure = typeof annotation.confidence === 'number' ? percent(annotation.confidence) : ''
  const click = (event: MouseEvent) => {
    if (event.shiftKey && canEdit) pick(id, true)
    else if ((event.ctrlKey || event.metaKey) && canEdit) pick(id, false)
    else open(id)
  }
  return (
    <li className={styles.tile} data-current={isCurrent || undefined} data-selected={isSelected || undefined}>
      <button
        type="button"
        className={styles.look}
        aria-label={[label, sure, asset.file_name].filter(Boolean).join(', ')}
        aria-current={isCurrent || undefined}
        onClick={click}
      >
        <Crop {...{ item, colours }} size={SIZE} />
        <span className={styles.caption}>
          <span>{label}</span> <small>{sure}</small>
        </span>
      </button>
      {canEdit ? (
        <button
          type="button"
          className={styles.check}
          aria-label={text.select(label)}
          aria-pressed={isSelected}
          onClick={(event) => pick(id, event.shiftKey)}
        >
          <Check aria-hidden />
        </button>
      ) : null}
    </li>
  )
})
