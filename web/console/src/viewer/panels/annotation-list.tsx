// biome-ignore-all lint/a11y/useSemanticElements: rows of a table element cannot lie out of its flow
/** The list of annotations: the equal of the canvas for keys and screen readers, with the same selection. */
import { type KeyboardEvent, memo, type ReactElement, useEffect, useMemo, useRef, useState } from 'react'
import {
  type ColourMode,
  colourIn,
  hexadecimal,
  isPrediction,
  reviewStateOf,
  type Scene,
  type Shape,
} from '../../drawing'
import { useFormats } from '../../text/catalogue'
import { texts } from '../texts'
import styles from './panels.module.css'
import { StateIcon } from './review-state'
import { Swatch } from './swatch'

export interface ListProps {
  scene: Scene
  mode: ColourMode
  selected: string | undefined
  select: (id: string) => void
  hover: (id: string | undefined) => void
}

const ROW = 44
const OVERSCAN = 6

/** Rows in view alone are in the document; each says its place among all of them (WAI-ARIA, `aria-rowindex`). */
export const AnnotationList = memo(function AnnotationList(props: ListProps): ReactElement {
  const { scene, mode, selected, select, hover } = props
  const text = texts.use()
  const box = useRef<HTMLDivElement>(null)
  const [{ top, height }, setView] = useState({ top: 0, height: 600 })
  const shapes = useMemo(() => scene.shapes.toReversed(), [scene])
  const at = useMemo(() => shapes.findIndex((each) => each.annotation.annotation_id === selected), [shapes, selected])
  const first = Math.max(0, Math.floor(top / ROW) - OVERSCAN)
  const visible = shapes.slice(first, Math.ceil((top + height) / ROW) + OVERSCAN)

  useEffect(() => {
    const list = box.current
    if (!list) return
    const measure = (): void => setView({ top: list.scrollTop, height: list.clientHeight })
    const sized = new ResizeObserver(measure)
    sized.observe(list)
    list.addEventListener('scroll', measure, { passive: true })
    return () => {
      sized.disconnect()
      list.removeEventListener('scroll', measure)
    }
  }, [])
  useEffect(() => {
    const list = box.current
    if (!list || at < 0) return
    if (at * ROW < list.scrollTop) list.scrollTop = at * ROW
    else if ((at + 1) * ROW > list.scrollTop + list.clientHeight) list.scrollTop = (at + 1) * ROW - list.clientHeight
  }, [at])

  const move = (event: KeyboardEvent): void => {
    const steps: Record<string, number> = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: shapes.length - 1 }
    const to = steps[event.key]
    if (to === undefined) return
    event.preventDefault()
    const next = shapes[Math.min(shapes.length - 1, Math.max(0, to))]
    if (next) select(next.annotation.annotation_id)
  }
  return (
    <div
      ref={box}
      role="grid"
      tabIndex={0}
      aria-label={text.annotations}
      aria-rowcount={shapes.length}
      aria-activedescendant={at >= 0 ? `row-${selected}` : undefined}
      className={styles.list}
      onKeyDown={move}
      onPointerLeave={() => hover(undefined)}
    >
      <div className={styles.rows} style={{ height: shapes.length * ROW }} role="rowgroup">
        {visible.map((shape, index) => (
          <Row
            key={shape.annotation.annotation_id}
            {...{ shape, mode, select, hover }}
            position={first + index}
            isSelected={shape.annotation.annotation_id === selected}
          />
        ))}
      </div>
    </div>
  )
})

interface RowProps {
  shape: Shape
  mode: ColourMode
  position: number
  isSelected: boolean
  select: (id: string) => void
  hover: (id: string) => void
}

function Row({ shape, mode, position, isSelected, select, hover }: RowProps): ReactElement {
  const text = texts.use()
  const format = useFormats()
  const { annotation, bounds } = shape
  const id = annotation.annotation_id
  const place = bounds ? text.place(Math.round(bounds[0]), Math.round(bounds[1])) : text.wholeImage
  const details = [text[annotation.type], place, annotation.track_id ? text.tracked(annotation.track_id) : undefined]
  const state = reviewStateOf(annotation)
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the grid moves the selection by keys
    <div
      id={`row-${id}`}
      role="row"
      tabIndex={-1}
      aria-rowindex={position + 1}
      aria-selected={isSelected}
      className={styles.row}
      style={{ top: position * ROW }}
      onClick={() => select(id)}
      onPointerEnter={() => hover(id)}
    >
      <div role="gridcell" tabIndex={-1}>
        <Swatch colour={hexadecimal(colourIn(mode, shape))} isDashed={isPrediction(annotation)} />
        <span className={styles.words}>
          <span className={styles.name}>{annotation.label ?? annotation.text ?? text.noLabel}</span>
          <small>{details.filter(Boolean).join(' · ')}</small>
        </span>
        {typeof annotation.confidence === 'number' ? (
          <span className={styles.count} title={text.sure(format.percent(annotation.confidence))}>
            {annotation.confidence.toFixed(2)}
          </span>
        ) : null}
        {state ? <StateIcon state={state} /> : null}
      </div>
    </div>
  )
}
