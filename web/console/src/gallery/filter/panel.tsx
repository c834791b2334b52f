/** Filters of the gallery: a facet for each field, open or closed, with counts that follow the filter. */
import { ChevronRight } from 'lucide-react'
import { type ReactElement, useMemo, useState } from 'react'
import { useApp } from '../../app/context'
import { InOrder, useFirstAnswer } from '../../ui/in-order'
import type { GalleryState } from '../address'
import type { Change } from '../screen'
import { barsOf, chosen, chosenIn, countedOf, FACETS, type Facet, ranged, rangeIn } from './facets'
import styles from './filter.module.css'
import { Histogram } from './histogram'
import { type FilterModel, withField } from './model'
import { nameOf, texts } from './texts'
import { type FacetCounts, useCounts } from './use-counts'
import { Values } from './values'

const KEY = 'foveal.gallery-facets'

function storedOpen(): Set<string> {
  try {
    const stored = localStorage.getItem(KEY)
    if (stored) return new Set(JSON.parse(stored) as string[])
  } catch {
    // what the console opens by itself
  }
  return new Set(FACETS.filter(({ isOpen }) => isOpen).map(({ id }) => id))
}

export interface PanelProps {
  project: string
  state: GalleryState
  change: Change
  /** Whether the gallery has what it asked for, or cannot have it. */
  isGalleryKnown: boolean
}

export function FilterPanel({ project, state, change, isGalleryKnown }: PanelProps): ReactElement {
  const { client } = useApp()
  const [open, setOpen] = useState(storedOpen)
  const [searched, setSearched] = useState<ReadonlySet<string>>(new Set())
  // A facet that narrows is open, so that nobody has to look for what holds.
  const shown = useMemo(
    () => FACETS.filter((facet) => open.has(facet.id) || isUsed(state.filter, facet)),
    [open, state.filter],
  )
  const counts = useCounts(client, project, state, shown, searched, isGalleryKnown)

  const toggle = (id: string, isOpen: boolean) => {
    const next = new Set(open)
    if (isOpen) next.add(id)
    else next.delete(id)
    setOpen(next)
    try {
      localStorage.setItem(KEY, JSON.stringify([...next]))
    } catch {
      // holds until the page is left
    }
  }
  return (
    <InOrder>
      {FACETS.map((facet) => {
        const isOpen = shown.includes(facet)
        return (
          <details
            key={facet.id}
            className={styles.facet}
            open={isOpen}
            onToggle={(event) => {
              if (event.currentTarget.open !== isOpen) toggle(facet.id, event.currentTarget.open)
            }}
          >
            <summary>
              <ChevronRight className={styles.chevron ?? ''} aria-hidden />
              {nameOf(facet.id)}
            </summary>
            {isOpen ? (
              <Content
                facet={facet}
                counts={counts.get(facet.id)}
                filter={state.filter}
                onChange={(filter) => change({ filter })}
                onSearch={() => setSearched(new Set([...searched, facet.id]))}
              />
            ) : null}
          </details>
        )
      })}
    </InOrder>
  )
}

const isUsed = (filter: FilterModel, facet: Facet): boolean =>
  (facet.kind === 'values' && chosenIn(filter, facet).length > 0) ||
  (facet.kind !== 'values' && rangeIn(filter, facet) !== undefined) ||
  (!facet.of && filter.fields[facet.id] !== undefined)

interface ContentProps {
  facet: Facet
  counts: FacetCounts | undefined
  filter: FilterModel
  onChange: (filter: FilterModel) => void
  onSearch: () => void
}

function Content({ facet, counts, filter, onChange, onSearch }: ContentProps): ReactElement {
  const text = texts.use()
  useFirstAnswer({ isPending: counts?.result === undefined && !counts?.error })
  if (counts?.result === undefined) return <p className={styles.none}>{counts?.error ? text.failedCounts : '…'}</p>
  if (facet.kind !== 'values') {
    const bars = barsOf(counts.result)
    if (!bars.counts.some((each) => each > 0)) return <p className={styles.none}>{text.noValues}</p>
    return (
      <div data-counting={counts.isCounting || undefined}>
        <Histogram
          field={facet.id}
          bars={bars}
          range={rangeIn(filter, facet)}
          onChange={(range) => onChange(ranged(filter, facet, range))}
        />
      </div>
    )
  }
  const { values, isComplete } = countedOf(counts.result, facet)
  return (
    <div data-counting={counts.isCounting || undefined}>
      <Values
        field={facet.id}
        values={values}
        isComplete={isComplete}
        chosen={chosenIn(filter, facet)}
        onToggle={(value) => onChange(chosen(filter, facet, value))}
        onSearch={onSearch}
      />
      {facet.id === 'reviewed_fields' ? (
        <button
          type="button"
          className={styles.more}
          aria-pressed={filter.fields.reviewed_fields?.exists === false}
          onClick={() => {
            const isOn = filter.fields.reviewed_fields?.exists === false
            onChange(withField(filter, 'reviewed_fields', isOn ? undefined : { exists: false }))
          }}
        >
          {text.nothingReviewed}
        </button>
      ) : null}
    </div>
  )
}
