/** Keys of the focused grid: moving, opening, choosing. */
import { type KeyboardEvent, useCallback, useRef } from 'react'
import type { Collection } from '../scroll/collection'
import type { Item } from '../scroll/sections'
import { edges, find, type Move, moved } from './moves'
import type { Scroll } from './use-scroll'

const MOVES: Record<string, Move> = {
  ArrowLeft: 'left',
  ArrowRight: 'right',
  ArrowUp: 'up',
  ArrowDown: 'down',
  Home: 'first',
  End: 'last',
}

export interface Keys {
  active: string | undefined
  setActive: (assetId: string | undefined) => void
  onOpen: (assetId: string) => void
  onToggle: (assetId: string) => void
  onRange: (assetId: string) => void
  onAll: () => void
  onClear: () => void
}

export function useKeys<T extends Item>(collection: Collection<T>, scroll: Scroll, keys: Keys) {
  const moving = useRef(Promise.resolve())
  const latest = useRef(keys)
  latest.current = keys

  const move = useCallback(
    async (to: Move, extend: boolean) => {
      const { active } = latest.current
      // Where nothing is active yet, the first asset that is seen is.
      const from = active ? find(collection, active) : undefined
      const isEnd = to === 'first' || to === 'last'
      // An end is shown at once, also while its assets are still on their way or cannot be had.
      if (isEnd) scroll.go(to === 'first' ? 0 : collection.height)
      const target = from || isEnd ? await moved(collection, from, to) : firstShown(collection)
      if (!target) return
      const { reveal } = scroll
      const [top, bottom] = edges(collection, target)
      reveal(top, bottom)
      if (extend && active) latest.current.onRange(target.item.asset_id)
      latest.current.setActive(target.item.asset_id)
    },
    [collection, scroll],
  )

  return useCallback(
    (event: KeyboardEvent) => {
      if (event.nativeEvent.isComposing || event.altKey) return
      const { active, onOpen, onToggle, onAll, onClear } = latest.current
      const command = event.ctrlKey || event.metaKey
      const to = MOVES[event.key]
      if (to && !command) {
        moving.current = moving.current.then(() => move(to, event.shiftKey)).catch(() => {}) // the section shows why
      } else if (command && event.key.toLowerCase() === 'a') onAll()
      else if (command) return
      else if (event.key === 'Enter' && active && event.target === event.currentTarget) onOpen(active)
      else if (event.key.toLowerCase() === 'x' && active) {
        if (event.shiftKey) latest.current.onRange(active)
        else onToggle(active)
      } else if (event.key === 'Escape') onClear()
      else return
      event.preventDefault()
    },
    [move],
  )
}

function firstShown<T extends Item>(collection: Collection<T>) {
  for (const { index, section } of collection.between(collection.offset, collection.offset + 2000)) {
    const row = section.rows.find(({ y, height }) => section.top + y + height / 2 > collection.offset)
    const place = row?.boxes[0]?.index
    const item = place === undefined ? undefined : section.items[place]
    if (item && place !== undefined) return { section: index, index: place, item }
  }
  return undefined
}
