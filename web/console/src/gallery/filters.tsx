/** Place of the filters: a column beside the gallery, or a sheet over it where the page is narrow. */
import { SlidersHorizontal } from 'lucide-react'
import { lazy, type ReactElement, Suspense, useState, useSyncExternalStore } from 'react'
import { afterPictures } from '../ui/after-pictures'
import { Button } from '../ui/button'
import { Dialog } from '../ui/overlay'
import type { GalleryState } from './address'
import styles from './filter/filter.module.css'
import { texts } from './filter/texts'
import gallery from './gallery.module.css'
import type { Change } from './screen'

const Panel = lazy(() => afterPictures(async () => ({ default: (await import('./filter/panel')).FilterPanel })))

const NARROW = matchMedia('(max-width: 900px)')
const KEY = 'foveal.gallery-filters'

function stored(): boolean {
  try {
    return localStorage.getItem(KEY) !== 'closed'
  } catch {
    return true
  }
}

export interface FilterPlace {
  isNarrow: boolean
  isOpen: boolean
  setOpen: (isOpen: boolean) => void
}

/** Return whether the filters are open: beside the gallery as this browser left them, as a sheet only when asked for. */
export function useFilters(): FilterPlace {
  const isNarrow = useSyncExternalStore(
    (listener) => {
      NARROW.addEventListener('change', listener)
      return () => NARROW.removeEventListener('change', listener)
    },
    () => NARROW.matches,
  )
  const [isColumn, setColumn] = useState(stored)
  const [isSheet, setSheet] = useState(false)
  return {
    isNarrow,
    isOpen: isNarrow ? isSheet : isColumn,
    setOpen(isOpen) {
      if (isNarrow) return setSheet(isOpen)
      setColumn(isOpen)
      try {
        localStorage.setItem(KEY, isOpen ? 'open' : 'closed')
      } catch {
        // holds until the page is left
      }
    },
  }
}

export function FilterButton({ filters }: { filters: FilterPlace }): ReactElement {
  const text = texts.use()
  const { isOpen, setOpen } = filters
  return (
    <Button
      aria-label={isOpen ? text.hideFilters : text.showFilters}
      aria-expanded={isOpen}
      onPress={() => setOpen(!isOpen)}
    >
      <SlidersHorizontal aria-hidden />
      <span className={gallery.word}>{text.filters}</span>
    </Button>
  )
}

export interface FiltersProps {
  filters: FilterPlace
  project: string
  state: GalleryState
  change: Change
  total: number | undefined
  /** Whether the gallery has what it asked for, or cannot have it. */
  isGalleryKnown: boolean
}

export function Filters({ filters, total, ...panel }: FiltersProps): ReactElement | null {
  const text = texts.use()
  if (!filters.isOpen) return null
  const content = (
    <Suspense>
      <Panel {...panel} />
    </Suspense>
  )
  if (!filters.isNarrow)
    return (
      <aside className={styles.panel} aria-label={text.filters}>
        {content}
      </aside>
    )
  return (
    <Dialog title={text.filters} isOpen onOpenChange={filters.setOpen}>
      <div className={styles.sheet}>{content}</div>
      <footer className={styles.sheetEnd}>
        <Button kind="primary" onPress={() => filters.setOpen(false)}>
          {total === undefined ? text.close : text.done(total)}
        </Button>
      </footer>
    </Dialog>
  )
}
