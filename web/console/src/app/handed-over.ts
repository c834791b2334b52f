/** A set of assets that one screen hands to another in the address: a filter, a saved view, ids. */
import type { Filter } from '@foveal/client'

export interface HandedOver {
  filter?: Filter
  /** A filter as the gallery writes it: JSON in base64url. */
  q?: string
  view?: string
  assets?: string[]
  /** Key of the ids that this tab keeps, where they are too many for an address. */
  kept?: string
}

/** Ids of an address at most: browsers and servers cut off long addresses. */
const MAX_IN_ADDRESS = 50
/** Lists of ids that a tab keeps at most. */
const MAX_KEPT = 5
const PREFIX = 'foveal.handed-over '

/** Return what hands assets over by their ids; many of them are kept in the tab. */
export function handOver(ids: readonly string[]): HandedOver {
  if (ids.length <= MAX_IN_ADDRESS) return { assets: [...ids] }
  const kept = `${Date.now().toString(36)}-${crypto.randomUUID().slice(0, 8)}`
  const old = Object.keys(sessionStorage).filter((each) => each.startsWith(PREFIX))
  for (const key of old.toSorted().slice(0, Math.max(0, old.length - MAX_KEPT + 1))) sessionStorage.removeItem(key)
  sessionStorage.setItem(PREFIX + kept, JSON.stringify(ids))
  return { kept }
}

/** Return the ids of an address; none of a list that this tab does not keep any more, which the server refuses. */
export function assetsOf({ assets, kept }: HandedOver): string[] | undefined {
  if (typeof kept !== 'string') return assets
  return JSON.parse(sessionStorage.getItem(PREFIX + kept) ?? '[]') as string[]
}

/** Return the filter of an address; undefined for none, and for one that was cut off. */
export function filterOf({ filter, q }: HandedOver): Filter | undefined {
  if (filter) return filter
  if (typeof q !== 'string') return undefined
  try {
    const bytes = Uint8Array.from(atob(q.replace(/-/g, '+').replace(/_/g, '/')), (each) => each.charCodeAt(0))
    return JSON.parse(new TextDecoder().decode(bytes)) as Filter
  } catch {
    return undefined
  }
}

/** Tell whether an address hands assets over. */
export const isHandedOver = (search: HandedOver): boolean =>
  Boolean(filterOf(search) || search.assets || search.kept || search.view)

/** Return what an address hands over, for a link to another screen. */
export function handedOn({ filter, q, view, assets, kept }: HandedOver): HandedOver {
  return {
    ...(filter ? { filter } : {}),
    ...(q ? { q } : {}),
    ...(view ? { view } : {}),
    ...(assets ? { assets } : {}),
    ...(kept ? { kept } : {}),
  }
}
