/** Strip beside the grid that stands for all of it: years and months where they lie, and a thumb to drag. */
import { type PointerEvent, type ReactElement, useCallback, useEffect, useMemo, useRef, useState } from 'react'
import { intl, useFormats } from '../../text/catalogue'
import { useLocale } from '../../text/preferences'
import type { Collection } from '../scroll/collection'
import type { Item } from '../scroll/sections'
import { texts } from '../texts'
import { placeOf, ticksOf, valueAt } from './places'
import styles from './scrubber.module.css'
import { PADDING, type Scroll } from './use-scroll'

export interface ScrubberProps<T extends Item> {
  collection: Collection<T>
  scroll: Scroll
  isTime: boolean
}

export default function Scrubber<T extends Item>({ collection, scroll, isTime }: ScrubberProps<T>): ReactElement {
  const text = texts.use()
  const locale = useLocale()
  const formats = useFormats()
  const strip = useRef<HTMLDivElement>(null)
  const [isDragging, setDragging] = useState(false)
  const [height, setHeight] = useState(600)
  const room = Math.max(1, collection.height + 2 * PADDING - scroll.view)
  const share = Math.min(1, collection.offset / room)
  const value = valueAt(collection.sections, collection.offset + (collection.offset > 0 ? scroll.view / 3 : 0))
  const words =
    value === undefined
      ? text.missing
      : isTime
        ? intl(Intl.DateTimeFormat, locale, { month: 'short', year: 'numeric', timeZone: 'UTC' }).format(value)
        : formats.bytes(value)

  useEffect(() => {
    const element = strip.current
    if (!element) return
    const observer = new ResizeObserver(() => setHeight(element.clientHeight))
    observer.observe(element)
    return () => observer.disconnect()
  }, [])

  const { bytes } = formats
  // biome-ignore lint/correctness/useExhaustiveDependencies: each version of a collection has sections of its own
  const ticks = useMemo(
    () =>
      ticksOf(collection.sections, collection.height, height, isTime, locale, bytes).map((tick) => ({
        ...tick,
        top: (placeOf(collection.sections, tick.value) / Math.max(1, collection.height)) * height,
      })),
    [collection, collection.version, height, isTime, locale, bytes],
  )

  const { go } = scroll
  const to = useCallback(
    (clientY: number) => {
      const place = strip.current?.getBoundingClientRect()
      if (place) go(((clientY - place.top) / (place.height - 2)) * room)
    },
    [go, room],
  )

  const dragged = (event: PointerEvent) => {
    if (event.type === 'pointerdown') {
      event.currentTarget.setPointerCapture(event.pointerId)
      setDragging(true)
    } else if (!isDragging) return
    to(event.clientY)
  }

  const keys: Record<string, number> = {
    ArrowDown: collection.offset + scroll.view / 2,
    ArrowUp: collection.offset - scroll.view / 2,
    PageDown: collection.offset + room / 20,
    PageUp: collection.offset - room / 20,
    Home: 0,
    End: room,
  }
  return (
    <div
      ref={strip}
      role="slider"
      tabIndex={0}
      aria-orientation="vertical"
      aria-label={isTime ? text.scrubber : text.scrubberSize}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={Math.round(share * 100)}
      aria-valuetext={words}
      className={styles.scrubber}
      data-dragging={isDragging || undefined}
      onPointerDown={dragged}
      onPointerMove={dragged}
      onPointerUp={() => setDragging(false)}
      onPointerCancel={() => setDragging(false)}
      onKeyDown={(event) => {
        const target = keys[event.key]
        if (target === undefined) return
        event.preventDefault()
        go(target)
      }}
    >
      {ticks.map((tick) => (
        <span
          key={tick.value}
          className={styles.tick}
          data-label={tick.text ? true : undefined}
          style={{ top: tick.top }}
        >
          {tick.text}
        </span>
      ))}
      <span className={styles.thumb} style={{ top: share * height }}>
        <span className={styles.value}>{words}</span>
      </span>
    </div>
  )
}
