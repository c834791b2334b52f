/** Counts of the open facets: asked for together, shown when they are there, and never in the way. */
import type { Client } from '@foveal/client'
import { useQueries } from '@tanstack/react-query'
import { useRef } from 'react'
import type { GalleryState } from '../address'
import { aggregateOf, askedOf, type Facet } from './facets'

/** Aggregates that one call takes. */
const MAX_TOGETHER = 10

export interface FacetCounts {
  /** Undefined until it has been counted once. */
  result: unknown
  isCounting: boolean
  error: unknown
}

interface Call {
  question: object
  aggregates: Record<string, unknown>
}

/** Return the calls that count facets: one for those of the same assets; of annotations, which take longer, another. */
export function callsOf(state: GalleryState, facets: readonly Facet[], searched: ReadonlySet<string>): Call[] {
  const calls = new Map<string, Call[]>()
  for (const facet of facets) {
    const question = askedOf(state, facet)
    const isSlow = facet.of !== undefined && facet.of !== 'label'
    const key = `${isSlow} ${JSON.stringify(question)}`
    const group = calls.get(key) ?? []
    calls.set(key, group)
    const last = group.at(-1)
    const call = last && Object.keys(last.aggregates).length < MAX_TOGETHER ? last : { question, aggregates: {} }
    if (call !== last) group.push(call)
    call.aggregates[facet.id.replace('.', '-')] = aggregateOf(state, facet, searched.has(facet.id))
  }
  return [...calls.values()].flat()
}

/** Return the counts of facets, which are asked for once they may be: what the gallery itself asks for comes first. */
export function useCounts(
  client: Client,
  project: string,
  state: GalleryState,
  facets: readonly Facet[],
  searched: ReadonlySet<string>,
  mayAsk: boolean,
): Map<string, FacetCounts> {
  const calls = callsOf(state, facets, searched)
  const last = useRef(new Map<string, unknown>())
  const answers = useQueries({
    queries: calls.map(({ question, aggregates }) => ({
      queryKey: ['counts', project, question, aggregates],
      queryFn: ({ signal }: { signal: AbortSignal }) =>
        client.request('POST /v1/projects/{project}/assets/aggregate', {
          path: { project },
          body: { ...question, aggregates } as never,
          signal,
        }),
      enabled: mayAsk,
    })),
  })
  const found = new Map<string, FacetCounts>()
  calls.forEach(({ aggregates }, place) => {
    const answer = answers[place]
    const data = answer?.data as { aggregates: Record<string, unknown> } | undefined
    for (const facet of facets) {
      const name = facet.id.replace('.', '-')
      if (!(name in aggregates)) continue
      if (data) last.current.set(facet.id, data.aggregates[name])
      found.set(facet.id, {
        result: last.current.get(facet.id),
        isCounting: !mayAsk || (answer?.isFetching ?? true),
        error: answer?.error,
      })
    }
  })
  return found
}
