/** Scrolling of the grid: ties a scroll box, whose height browsers limit, to a collection of any height. */
import { type RefObject, useCallback, useEffect, useLayoutEffect, useMemo, useReducer, useRef } from 'react'
import type { Collection } from '../scroll/collection'
import { ScrollMap } from '../scroll/scroll-map'
import type { Item } from '../scroll/sections'

/** Time without scroll events after which the box counts as at rest. */
const REST_MS = 160
/** Room above the first and below the last row. */
export const PADDING = 12
const TABLE = { small: 120, medium: 180, large: 280 } as const
export type Size = keyof typeof TABLE
const GAP = 4

export interface Scroll {
  box: RefObject<HTMLDivElement | null>
  sizer: RefObject<HTMLDivElement | null>
  layer: RefObject<HTMLDivElement | null>
  /** Part of the layout for which rows are rendered, and the place that the layer's upper edge stands for. */
  from: number
  to: number
  base: number
  view: number
  /** Go to a place of the layout at once. */
  go: (offset: number) => void
  /** Scroll as little as shows what lies between two places. */
  reveal: (top: number, bottom: number) => void
}

/** Height of rows for a size on a page of some width: narrow pages have about two pictures side by side. */
const rowHeightOf = (size: Size, width: number): number => Math.min(TABLE[size], Math.max(90, width / 2.6))

/** Return the scrolling of a collection, once its box is shown. */
export function useScroll<T extends Item>(collection: Collection<T>, size: Size, isShown: boolean): Scroll {
  const box = useRef<HTMLDivElement>(null)
  const sizer = useRef<HTMLDivElement>(null)
  const layer = useRef<HTMLDivElement>(null)
  const resting = useRef<ReturnType<typeof setTimeout>>(undefined)
  const rendered = useRef({ from: 0, to: 0, base: 0 })
  const [, render] = useReducer((count: number) => count + 1, 0)
  // biome-ignore lint/correctness/useExhaustiveDependencies: every collection has a map of its own
  const map = useMemo(() => new ScrollMap(), [collection])

  /** Put the layer where its base lies in the box. */
  const place = useCallback(() => {
    if (layer.current) layer.current.style.transform = `translateY(${Math.round(rendered.current.base + map.shift)}px)`
  }, [map])

  const choose = useCallback(() => {
    const { view, offset } = map
    const [from, to] = [offset - view, offset + 2 * view]
    rendered.current = { from, to, base: Math.max(0, Math.round(from)) }
  }, [map])

  /** Set the box to the position that stands for its place in the layout. */
  const rest = useCallback(() => {
    const element = box.current
    if (!element) return
    const wanted = map.restPosition
    if (Math.abs(element.scrollTop - wanted) > 0.5) element.scrollTop = wanted
    map.rested(element.scrollTop)
    place()
  }, [map, place])

  const moved = useCallback(() => {
    const { from, to } = rendered.current
    const { offset, view } = map
    collection.look(Math.max(0, offset - PADDING), view)
    place()
    if (offset - view / 2 < from || offset + view * 1.5 > to) {
      choose()
      render()
    }
  }, [map, collection, place, choose])

  const sized = useCallback(() => {
    map.resize(collection.height + 2 * PADDING, map.view)
    if (sizer.current) sizer.current.style.height = `${map.box}px`
  }, [map, collection])

  const go = useCallback(
    (offset: number) => {
      map.go(offset)
      rest()
      moved()
    },
    [map, rest, moved],
  )

  const reveal = useCallback(
    (top: number, bottom: number) => {
      const [low, high] = [top + PADDING, bottom + PADDING]
      if (low - PADDING < map.offset) go(low - PADDING)
      else if (high + PADDING > map.offset + map.view) go(high + PADDING - map.view)
    },
    [map, go],
  )

  useLayoutEffect(() => {
    const element = box.current
    if (!element || !isShown) return
    const measure = () => {
      const width = element.clientWidth - 2 * PADDING
      if (width <= 0 || element.clientHeight === 0) return
      collection.setGrid({ width, rowHeight: Math.round(rowHeightOf(size, width)), gap: GAP })
      map.view = element.clientHeight
      sized()
      map.go(collection.offset > 0 ? collection.offset + PADDING : map.offset)
      rest()
      collection.look(Math.max(0, map.offset - PADDING), map.view)
      choose()
      render()
    }
    map.go(0)
    map.view = element.clientHeight
    measure()
    const observer = new ResizeObserver(measure)
    observer.observe(element)
    return () => observer.disconnect()
  }, [collection, size, isShown, map, sized, rest, choose])

  useEffect(() => {
    const element = box.current
    if (!element || !isShown) return
    let frame = 0
    const scrolled = () => {
      map.scrolled(element.scrollTop)
      clearTimeout(resting.current)
      resting.current = setTimeout(rest, REST_MS)
      cancelAnimationFrame(frame)
      frame = requestAnimationFrame(moved)
    }
    element.addEventListener('scroll', scrolled, { passive: true })
    return () => {
      element.removeEventListener('scroll', scrolled)
      cancelAnimationFrame(frame)
      clearTimeout(resting.current)
    }
  }, [isShown, map, moved, rest])

  useEffect(
    () =>
      collection.subscribe(() => {
        sized()
        const offset = collection.offset > 0 ? collection.offset + PADDING : map.offset
        if (Math.abs(offset - map.offset) > 0.5) {
          map.go(offset)
          clearTimeout(resting.current)
          resting.current = setTimeout(rest, REST_MS)
        }
        choose()
        render()
      }),
    [collection, map, sized, rest, choose],
  )

  useLayoutEffect(place)
  return { box, sizer, layer, ...rendered.current, view: map.view, go, reveal }
}
