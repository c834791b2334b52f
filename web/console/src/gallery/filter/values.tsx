/** Values of a field with their exact counts, the most frequent first, and a search in those of a field of many. */
import { type ReactElement, useState } from 'react'
import { useFormats } from '../../text/catalogue'
import { Checkbox, TextField } from '../../ui/field'
import type { Counted } from './facets'
import styles from './filter.module.css'
import type { Value } from './model'
import { nameOf, texts } from './texts'
import { valueWords } from './words'

/** Values that are shown before one asks for more. */
const SHOWN = 7

export interface ValuesProps {
  field: string
  values: readonly Counted[]
  isComplete: boolean
  chosen: readonly Value[]
  onToggle: (value: Value) => void
  onSearch: () => void
}

export function Values(props: ValuesProps): ReactElement {
  const { field, values, isComplete, chosen, onToggle, onSearch } = props
  const text = texts.use()
  const { number } = useFormats()
  const [isOpen, setOpen] = useState(false)
  const [sought, setSought] = useState('')
  const isLong = values.length > SHOWN
  const wanted = sought.trim().toLowerCase()
  const matching = wanted
    ? values.filter(({ value }) => valueWords(field, value).toLowerCase().includes(wanted))
    : values
  const shown = isOpen || wanted ? matching.slice(0, 200) : matching.slice(0, SHOWN)
  // What is chosen stays to be seen, also where it counts for nothing at the moment.
  const absent = chosen.filter((each) => !shown.some(({ value }) => value === each))
  const rows = [...absent.map((value) => ({ value, count: countOf(values, value) })), ...shown]
  if (rows.length === 0 && !wanted) return <p className={styles.none}>{text.noValues}</p>
  return (
    <>
      {isLong ? (
        <TextField
          label={text.searchValues(nameOf(field))}
          isLabelHidden
          placeholder={text.searchValues(nameOf(field))}
          value={sought}
          onChange={(value) => {
            setSought(value)
            if (!isComplete) onSearch()
          }}
        />
      ) : null}
      <ul className={styles.values}>
        {rows.map(({ value, count }) => (
          <li key={String(value)}>
            <Checkbox isSelected={chosen.includes(value)} onChange={() => onToggle(value)}>
              <span className={styles.value} title={String(value)}>
                {valueWords(field, value)}
              </span>
              <span className={styles.count}>{number(count)}</span>
            </Checkbox>
          </li>
        ))}
      </ul>
      {wanted && shown.length === 0 ? <p className={styles.none}>{text.noSuchValue}</p> : null}
      {isLong && !wanted ? (
        <button type="button" className={styles.more} onClick={() => setOpen(!isOpen)}>
          {isOpen ? text.less : text.more(values.length - SHOWN)}
        </button>
      ) : null}
    </>
  )
}

const countOf = (values: readonly Counted[], value: Value): number =>
  values.find((each) => each.value === value)?.count ?? 0
