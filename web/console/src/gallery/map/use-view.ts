/** The view of the map: moved at once, kept in the address and asked for when it rests. */
import { useCallback, useEffect, useRef, useState } from 'react'
import type { GalleryState } from '../address'
import type { Change } from '../screen'
import { bounded, type Extent, fitted, readView, type Size, type View, writeView } from './projection'

const REST_MS = 200

export interface ViewState {
  /** Undefined until the map knows its size. */
  view: View | undefined
  /** The view when it last came to rest. */
  rested: View | undefined
  size: Size
  move: (view: View) => void
  measure: (size: Size) => void
}

export function useView(state: GalleryState, change: Change, extent: Extent): ViewState {
  const [size, setSize] = useState<Size>([0, 0])
  const [view, setView] = useState<View>()
  const [rested, setRested] = useState<View>()
  const written = useRef<string>(undefined)
  const latest = useRef({ change, extent })
  latest.current = { change, extent }
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)

  // The address says where the map is; without a place there, all assets are in view.
  useEffect(() => {
    if (size[0] === 0 || state.map === written.current) return
    written.current = state.map
    const next = bounded(readView(state.map ?? '') ?? fitted(latest.current.extent, size), size)
    clearTimeout(timer.current)
    setView(next)
    setRested(next)
  }, [state.map, size])

  const move = useCallback((next: View) => {
    setView(next)
    clearTimeout(timer.current)
    timer.current = setTimeout(() => {
      setRested(next)
      written.current = writeView(next)
      latest.current.change({ map: written.current }, 'replace')
    }, REST_MS)
  }, [])
  useEffect(() => () => clearTimeout(timer.current), [])

  const measure = useCallback((next: Size) => {
    setSize(next)
    setView((now) => now && bounded(now, next))
    setRested((now) => now && bounded(now, next))
  }, [])
  return { view, rested, size, move, measure }
}
