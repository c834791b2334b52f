/** The list of annotations: the equal of the canvas for keys and screen readers, with the same selection. */
import { Check, CircleDot, Clock, X } from 'lucide-react'
import { memo, type ReactElement, useEffect, useRef } from 'react'
import { GridList, GridListItem, ListLayout, Virtualizer } from 'react-aria-components'
import {
  type ColourMode,
  colourIn,
  hexadecimal,
  isPrediction,
  type ReviewState,
  reviewStateOf,
  type Scene,
  type Shape,
} from '../../drawing'
import { useFormats } from '../../text/catalogue'
import { texts } from '../texts'
import styles from './panels.module.css'
import { Swatch } from './shown'

export interface ListProps {
  scene: Scene
  mode: ColourMode
  selected: string | undefined
  select: (id: string | undefined) => void
  hover: (id: string | undefined) => void
}

const ROW = 44
const STATES = { accepted: Check, rejected: X, pending: Clock } as const

export const AnnotationList = memo(function AnnotationList({
  scene,
  mode,
  selected,
  select,
  hover,
}: ListProps): ReactElement {
  const text = texts.use()
  const box = useRef<HTMLDivElement>(null)
  const shapes = scene.shapes.toReversed()
  const at = selected ? shapes.findIndex((shape) => shape.annotation.annotation_id === selected) : -1
  useEffect(() => {
    const list = box.current
    if (!list || at < 0) return
    const [top, bottom] = [at * ROW, (at + 1) * ROW]
    if (top < list.scrollTop) list.scrollTop = top
    else if (bottom > list.scrollTop + list.clientHeight) list.scrollTop = bottom - list.clientHeight
  }, [at])
  return (
    <Virtualizer layout={ListLayout} layoutOptions={{ rowHeight: ROW }}>
      <GridList
        ref={box}
        aria-label={text.annotations}
        className={styles.list ?? ''}
        items={shapes.map((shape) => ({ id: shape.annotation.annotation_id, shape }))}
        dependencies={[mode, text]}
        selectionMode="single"
        selectionBehavior="replace"
        selectedKeys={selected ? [selected] : []}
        onSelectionChange={(keys) =>
          select(keys === 'all' ? undefined : (([...keys][0] as string | undefined) ?? undefined))
        }
      >
        {({ id, shape }) => (
          <GridListItem
            id={id}
            textValue={shape.caption || shape.annotation.type}
            className={styles.row ?? ''}
            onHoverStart={() => hover(id)}
            onHoverEnd={() => hover(undefined)}
          >
            <Row shape={shape} mode={mode} />
          </GridListItem>
        )}
      </GridList>
    </Virtualizer>
  )
})

function Row({ shape, mode }: { shape: Shape; mode: ColourMode }): ReactElement {
  const text = texts.use()
  const format = useFormats()
  const { annotation, bounds } = shape
  const place = bounds ? text.place(Math.round(bounds[0]), Math.round(bounds[1])) : text.wholeImage
  const details = [text[annotation.type], place, annotation.track_id ? text.tracked(annotation.track_id) : undefined]
  const state = reviewStateOf(annotation)
  return (
    <>
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
    </>
  )
}

export function StateIcon({ state }: { state: ReviewState | undefined }): ReactElement {
  const text = texts.use()
  const Icon = state ? STATES[state] : CircleDot
  return (
    <span className={styles.state} data-state={state} role="img" aria-label={state ? text[state] : text.notReviewed}>
      <Icon aria-hidden />
    </span>
  )
}
