/** Selection of some of the annotations that wait. */
import { useCallback, useRef, useState } from 'react'
import type { Item } from './api'

export interface Selection {
  /** Of the annotations that still wait. */
  ids: ReadonlySet<string>
  /** Select or take out; with `isRange`, select everything from the one before on. */
  pick: (annotationId: string, isRange: boolean) => void
  all: () => void
  clear: () => void
}

export function useSelection(items: readonly Item[]): Selection {
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set())
  const last = useRef<string>(undefined)
  const ids = items.map(({ annotation }) => annotation.annotation_id)
  const order = useRef(ids)
  order.current = ids
  const pick = useCallback((annotationId: string, isRange: boolean) => {
    const [from, to] = [order.current.indexOf(last.current ?? ''), order.current.indexOf(annotationId)]
    last.current = annotationId
    setChosen((before) => {
      const next = new Set(before)
      if (isRange && from >= 0) {
        for (const id of order.current.slice(Math.min(from, to), Math.max(from, to) + 1)) next.add(id)
      } else if (!next.delete(annotationId)) next.add(annotationId)
      return next
    })
  }, [])
  return {
    ids: new Set(ids.filter((id) => chosen.has(id))),
    pick,
    all: () => setChosen(new Set(order.current)),
    clear: () => setChosen(new Set()),
  }
}
