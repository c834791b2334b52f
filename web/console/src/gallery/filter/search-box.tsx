/** Search box: the beginning of a file name, or a label or tag that is known. */
import { useQuery } from '@tanstack/react-query'
import { Search } from 'lucide-react'
import { type KeyboardEvent, type ReactElement, useEffect, useId, useRef, useState } from 'react'
import { useApp } from '../../app/context'
import { useFormats } from '../../text/catalogue'
import type { GalleryState } from '../address'
import type { Change } from '../screen'
import styles from './filter.module.css'
import { type FilterModel, withAnnotation, withField } from './model'
import { nameOf, texts } from './texts'

const MAX_SUGGESTIONS = 8
const KNOWN_MS = 60_000

interface Suggestion {
  key: string
  kind: string
  words: string
  count?: number
  filter: FilterModel
}

export function SearchBox(props: { project: string; state: GalleryState; change: Change }): ReactElement {
  const { project, state, change } = props
  const { client } = useApp()
  const text = texts.use()
  const { number } = useFormats()
  const list = useId()
  const input = useRef<HTMLInputElement>(null)
  const [typed, setTyped] = useState('')
  const [isOpen, setOpen] = useState(false)
  const [place, setPlace] = useState(0)
  useSlash(input)

  const { data } = useQuery({
    queryKey: ['known-words', project],
    queryFn: ({ signal }) =>
      client.request('POST /v1/projects/{project}/assets/aggregate', {
        path: { project },
        body: { aggregates: { labels: { labels: { limit: 300 } }, tags: { counts: { field: 'tags', limit: 300 } } } },
        signal,
      }),
    enabled: isOpen,
    staleTime: KNOWN_MS,
  })
  const suggestions = suggestionsOf(typed.trim(), state.filter, data?.aggregates as Known | undefined)

  const choose = (chosen: Suggestion | undefined) => {
    if (!chosen) return
    change({ filter: chosen.filter })
    setTyped('')
    setOpen(false)
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    if (step && suggestions.length > 0) setPlace((place + step + suggestions.length) % suggestions.length)
    else if (event.key === 'Enter') choose(suggestions[place])
    else if (event.key === 'Escape') {
      setOpen(false)
      setTyped('')
    } else return
    event.preventDefault()
  }
  const isShown = isOpen && suggestions.length > 0
  return (
    <div className={styles.search}>
      <Search aria-hidden />
      <input
        ref={input}
        type="search"
        role="combobox"
        aria-label={text.search}
        aria-expanded={isShown}
        aria-controls={list}
        aria-autocomplete="list"
        aria-keyshortcuts="/"
        aria-activedescendant={isShown ? `${list}-${place}` : undefined}
        placeholder={text.searchPlaceholder}
        value={typed}
        autoComplete="off"
        onChange={(event) => {
          setTyped(event.target.value)
          setPlace(0)
          setOpen(true)
        }}
        onFocus={() => setOpen(true)}
        onBlur={() => setOpen(false)}
        onKeyDown={onKeyDown}
      />
      <div id={list} role="listbox" aria-label={text.search} className={styles.suggestions} hidden={!isShown}>
        {suggestions.map((each, index) => (
          <div
            key={each.key}
            id={`${list}-${index}`}
            role="option"
            tabIndex={-1}
            aria-selected={index === place}
            onPointerDown={(event) => {
              event.preventDefault() // the field keeps the focus until the choice is made
              choose(each)
            }}
          >
            <small>{each.kind}</small>
            <span className={styles.value}>{each.words}</span>
            {each.count === undefined ? null : <span className={styles.count}>{number(each.count)}</span>}
          </div>
        ))}
      </div>
    </div>
  )
}

interface Known {
  labels: { labels: { label: string; assets: number }[] }
  tags: { counts: { value: string; count: number }[] }
}

function suggestionsOf(typed: string, filter: FilterModel, known: Known | undefined): Suggestion[] {
  if (!typed) return []
  const text = texts.now()
  const wanted = typed.toLowerCase()
  const labels = (known?.labels.labels ?? [])
    .filter(({ label }) => label.toLowerCase().includes(wanted))
    .map(({ label, assets }) => ({
      key: `label ${label}`,
      kind: nameOf('label'),
      words: label,
      count: assets,
      filter: withAnnotation(filter, { label: [...new Set([...(filter.annotation.label ?? []), label])] }),
    }))
  const tags = (known?.tags.counts ?? [])
    .filter(({ value }) => value.toLowerCase().includes(wanted))
    .map(({ value, count }) => ({
      key: `tag ${value}`,
      kind: nameOf('tags'),
      words: value,
      count,
      filter: withField(filter, 'tags', { in: [...new Set([...(filter.fields.tags?.in ?? []), value])] }),
    }))
  const name = {
    key: 'name',
    kind: nameOf('file_name'),
    words: text.begins(typed),
    filter: withField(filter, 'file_name', { prefix: typed }),
  }
  const exact = [...labels, ...tags].filter(({ words }) => words.toLowerCase() === wanted)
  const others = [...labels, ...tags].filter(({ words }) => words.toLowerCase() !== wanted)
  return [...exact, name, ...others].slice(0, MAX_SUGGESTIONS)
}

/** Put the focus into the field when `/` is pressed and nothing is being written. */
function useSlash(input: React.RefObject<HTMLInputElement | null>): void {
  useEffect(() => {
    const pressed = (event: globalThis.KeyboardEvent) => {
      const target = event.target as HTMLElement
      if (event.key !== '/' || event.ctrlKey || event.metaKey || target.closest('input, textarea, [contenteditable]'))
        return
      event.preventDefault()
      input.current?.focus()
    }
    document.addEventListener('keydown', pressed)
    return () => document.removeEventListener('keydown', pressed)
  }, [input])
}
