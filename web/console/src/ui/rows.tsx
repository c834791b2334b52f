/** Long lists: rows of one height, of which those in view are in the document; 300,000 rows are within every browser. */
import { type ReactElement, type ReactNode, useLayoutEffect, useRef, useState } from 'react'
import styles from './rows.module.css'

/** Rows above and below the visible ones, so that scrolling shows no gaps. */
const MARGIN_ROWS = 6

export interface RowsProps<T> {
  /** Words for the list, which are read out. */
  label: string
  items: readonly T[]
  /** Pixels. */
  rowHeight: number
  keyOf: (item: T) => string
  children: (item: T) => ReactNode
}

export function Rows<T>({ label, items, rowHeight, keyOf, children }: RowsProps<T>): ReactElement {
  const box = useRef<HTMLElement>(null)
  const [view, setView] = useState({ top: 0, height: 600 })
  useLayoutEffect(() => {
    const element = box.current
    if (!element) return
    const look = () => setView({ top: element.scrollTop, height: element.clientHeight })
    const observer = new ResizeObserver(look)
    observer.observe(element)
    element.addEventListener('scroll', look, { passive: true })
    return () => {
      observer.disconnect()
      element.removeEventListener('scroll', look)
    }
  }, [])
  const first = Math.max(0, Math.floor(view.top / rowHeight) - MARGIN_ROWS)
  const end = Math.min(items.length, Math.ceil((view.top + view.height) / rowHeight) + MARGIN_ROWS)
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls has to be reachable by keys
    <section ref={box} className={styles.box} aria-label={label} tabIndex={0}>
      <ul className={styles.whole} style={{ height: items.length * rowHeight }}>
        {items.slice(first, end).map((item, index) => (
          <li
            key={keyOf(item)}
            className={styles.row}
            aria-setsize={items.length}
            aria-posinset={first + index + 1}
            style={{ height: rowHeight, transform: `translateY(${(first + index) * rowHeight}px)` }}
          >
            {children(item)}
          </li>
        ))}
      </ul>
    </section>
  )
}
