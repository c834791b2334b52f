/** A set of assets that one screen hands to another in the address: a filter, a saved view, ids. */
import type { Filter } from '@foveal/client'

export interface HandedOver {
  filter?: Filter
  /** A filter as the gallery writes it: JSON in base64url. */
  q?: string
  view?: string
  assets?: string[]
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
export const isHandedOver = (search: HandedOver): boolean => Boolean(filterOf(search) || search.assets || search.view)

/** Return what an address hands over, for a link to another screen. */
export function handedOn({ filter, q, view, assets }: HandedOver): HandedOver {
  return {
    ...(filter ? { filter } : {}),
    ...(q ? { q } : {}),
    ...(view ? { view } : {}),
    ...(assets ? { assets } : {}),
  }
}
