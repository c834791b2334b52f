import { queryOptions, useQueryClient } from '@tanstack/react-query'
import { useApp } from '../app/context'
import type { UploadRules } from './rules'

/** Return the query for the limits of uploads, which hold for the whole deployment. */
export function useRulesQuery() {
  const { client } = useApp()
  return queryOptions({
    queryKey: ['client-config'],
    queryFn: () => client.request('GET /v1/client-config'),
    select: (config) => config.uploads,
    staleTime: 300_000,
  })
}

/** Return a function that loads the limits of uploads, once for all who ask. */
export function useLoadRules(): () => Promise<UploadRules> {
  const queries = useQueryClient()
  const query = useRulesQuery()
  return async () => (await queries.ensureQueryData(query)).uploads
}
