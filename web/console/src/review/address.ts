/** The queue of a review in the address: which annotations wait, by layer, label, author and confidence. */
import type { components } from '@foveal/client'

export type Wanted = components['schemas']['AnnotationFilter']

export interface ReviewSearch {
  field?: string
  label?: string
  author?: string
  from?: number
  to?: number
}

export type Facet = 'field' | 'label' | 'author'

/** Return the words of an address; what it cannot mean is left out. */
export function readAddress(search: Record<string, unknown>): ReviewSearch {
  const word = (name: string) => (search[name] === undefined ? {} : { [name]: String(search[name]) })
  const share = (name: string) => {
    const value = Number(search[name])
    return search[name] !== undefined && value >= 0 && value <= 1 ? { [name]: value } : {}
  }
  return { ...word('field'), ...word('label'), ...word('author'), ...share('from'), ...share('to') }
}

/** Return the description of the annotations that wait; without a facet, as if nothing was chosen there. */
export function wantedOf({ field, label, author, from, to }: ReviewSearch, without?: Facet): Wanted {
  const least = from ? { gte: from } : {}
  const most = to !== undefined && to < 1 ? { lte: to } : {}
  return {
    review: ['unreviewed', 'pending'],
    ...(field && without !== 'field' ? { field } : {}),
    ...(label && without !== 'label' ? { label } : {}),
    ...(author && without !== 'author' ? { created_by: author } : {}),
    ...(from || most.lte !== undefined ? { confidence: { ...least, ...most } } : {}),
  }
}
