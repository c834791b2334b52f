/** The selection: some assets by their ids, or all that the filter finds but some. */
import { useCallback, useEffect, useState } from 'react'

export type Selection = { kind: 'some'; ids: ReadonlySet<string> } | { kind: 'all'; except: ReadonlySet<string> }

export const NOTHING: Selection = { kind: 'some', ids: new Set() }

/** Most ids that one condition of a filter takes. */
export const MAX_EXCEPT = 1000

export const isSelected = (selection: Selection, id: string): boolean =>
  selection.kind === 'all' ? !selection.except.has(id) : selection.ids.has(id)

/** Return how many assets are selected when the filter finds `total`. */
export const sizeOf = (selection: Selection, total: number): number =>
  selection.kind === 'all' ? Math.max(0, total - selection.except.size) : selection.ids.size

export function toggle(selection: Selection, id: string): Selection {
  const set = new Set(selection.kind === 'all' ? selection.except : selection.ids)
  if (!set.delete(id)) set.add(id)
  return selection.kind === 'all' ? { kind: 'all', except: set } : { kind: 'some', ids: set }
}

export function add(selection: Selection, ids: readonly string[]): Selection {
  if (selection.kind === 'some') return { kind: 'some', ids: new Set([...selection.ids, ...ids]) }
  const added = new Set(ids)
  return { kind: 'all', except: new Set([...selection.except].filter((each) => !added.has(each))) }
}

const keyOf = (address: string) => `foveal.selection ${address}`

function read(address: string): Selection {
  try {
    const { kind, ids } = JSON.parse(sessionStorage.getItem(keyOf(address)) ?? '{}')
    if (kind === 'all') return { kind, except: new Set(ids) }
    if (kind === 'some') return { kind, ids: new Set(ids) }
  } catch {
    // Nothing that could be read was kept.
  }
  return NOTHING
}

/** Keep the selection of an address in this tab, so that it is there again when one comes back. */
export function useSelection(
  address: string,
): [Selection, (next: Selection | ((now: Selection) => Selection)) => void] {
  const [state, setState] = useState(() => ({ address, selection: read(address) }))
  const current = state.address === address ? state : { address, selection: read(address) }
  if (current !== state) setState(current)
  useEffect(() => {
    const { selection } = current
    const ids = [...(selection.kind === 'all' ? selection.except : selection.ids)]
    try {
      if (selection.kind === 'some' && ids.length === 0) sessionStorage.removeItem(keyOf(address))
      else sessionStorage.setItem(keyOf(address), JSON.stringify({ kind: selection.kind, ids }))
    } catch {
      // No room: the selection holds until the page is left.
    }
  }, [address, current])
  const set = useCallback((next: Selection | ((now: Selection) => Selection)) => {
    setState((now) => ({ ...now, selection: typeof next === 'function' ? next(now.selection) : next }))
  }, [])
  return [current.selection, set]
}
