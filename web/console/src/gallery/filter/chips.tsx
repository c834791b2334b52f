/** Chips: each condition that holds in words, to be taken away one by one or all together. */
import { X } from 'lucide-react'
import type { ReactElement } from 'react'
import { useFormats } from '../../text/catalogue'
import type { GalleryState } from '../address'
import { areaWords } from '../map/words'
import type { Change } from '../screen'
import { areaOf } from './area'
import styles from './filter.module.css'
import { EMPTY, type FieldCondition, type FilterModel, withAnnotation, withField } from './model'
import { nameOf, texts } from './texts'
import { rangeWords, valueWords } from './words'

interface Chip {
  name: string
  words: string
  title?: string
  without: Partial<GalleryState>
}

export default function Chips({ state, change }: { state: GalleryState; change: Change }): ReactElement | null {
  const text = texts.use()
  const format = useFormats()
  const chips = chipsOf(state, format)
  if (chips.length === 0) return null
  return (
    <section className={styles.chips} aria-label={text.active}>
      {chips.map(({ name, words, title, without }) => (
        <button
          key={`${name} ${words}`}
          type="button"
          className={styles.chip}
          title={title ?? text.remove(`${name} ${words}`)}
          aria-label={text.remove(`${name} ${words}`)}
          onClick={() => change(without)}
        >
          <span>{name}</span> {words ? <b>{words}</b> : null}
          <X aria-hidden />
        </button>
      ))}
      {chips.length > 1 ? (
        <button
          type="button"
          className={styles.more}
          onClick={() => change({ filter: EMPTY, view: undefined, similar: undefined, duplicates: undefined } as never)}
        >
          {text.clear}
        </button>
      ) : null}
    </section>
  )
}

function chipsOf({ filter, view, similar, duplicates }: GalleryState, format: ReturnType<typeof useFormats>): Chip[] {
  const text = texts.now()
  const chips: Chip[] = []
  const none = undefined as never
  if (view) chips.push({ name: text.view, words: view, without: { view: none } })
  if (similar) chips.push({ name: text.similarTo, words: '', without: { similar: none } })
  if (duplicates) chips.push({ name: text.duplicates, words: '', without: { duplicates: none } })
  const { confidence, ...lists } = filter.annotation
  for (const [name, values] of Object.entries(lists))
    chips.push({
      name: nameOf(name),
      words: format.list(values.map((each) => valueWords(name, each))),
      without: { filter: withAnnotation(filter, { [name]: undefined }) },
    })
  if (confidence)
    chips.push({
      name: nameOf('confidence'),
      words: rangeWords('confidence', confidence.gte, confidence.lte, format),
      without: { filter: withAnnotation(filter, { confidence: undefined }) },
    })
  for (const [field, condition] of Object.entries(filter.fields))
    chips.push({
      name: nameOf(field),
      words: wordsOf(field, condition, format),
      without: { filter: withField(filter, field, undefined) },
    })
  filter.more.forEach((part, place) => {
    const rest: FilterModel = { ...filter, more: filter.more.filter((_, other) => other !== place) }
    const boxes = areaOf(part)
    if (boxes) {
      chips.push({ name: text.area, words: areaWords(boxes), without: { filter: rest } })
      return
    }
    const title = JSON.stringify(part)
    chips.push({
      name: text.further,
      words: title.length > 60 ? `${title.slice(0, 59)}…` : title,
      title,
      without: { filter: rest },
    })
  })
  return chips
}

function wordsOf(field: string, condition: FieldCondition, format: ReturnType<typeof useFormats>): string {
  const text = texts.now()
  const parts: string[] = []
  if (condition.in) parts.push(format.list(condition.in.map((each) => valueWords(field, each))))
  if (condition.prefix !== undefined) parts.push(text.begins(condition.prefix))
  if (condition.exists !== undefined) parts.push(condition.exists ? text.present : text.absent)
  const [low, high] = [condition.gte ?? condition.gt, condition.lte ?? condition.lt]
  if (low !== undefined || high !== undefined) parts.push(rangeWords(field, low, high, format))
  return format.list(parts)
}
