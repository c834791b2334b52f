/** The state of the stage as the API has it. */
import type { Answer } from '@foveal/client'
import { queryOptions } from '@tanstack/react-query'
import { useApp } from '../app/context'

export type Operations = Answer<'GET /v1/operations'>
export type Step = Answer<'POST /v1/operations/reconcile'>

const REFRESH_MS = 10_000

export function useOperations() {
  const { client } = useApp()
  return queryOptions({
    queryKey: ['operations'],
    queryFn: ({ signal }) => client.request('GET /v1/operations', { signal }),
    refetchInterval: REFRESH_MS,
  })
}
