/** Data sets and their versions as the API has them. */
import type { Answer } from '@foveal/client'
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'
import { useApp } from '../app/context'
import { useProject } from '../app/project'

export type Version = Answer<'GET /v1/projects/{project}/datasets/{name}/versions/{version}'>
export type Comparison = Answer<'GET /v1/projects/{project}/datasets/{name}/versions/{version}/diff'>

const WHILE_BUSY_MS = 2_000
const token = (next: string) => (next ? { next_token: next } : {})

export function useQueries() {
  const { client } = useApp()
  const { project } = useProject()
  return {
    datasets: infiniteQueryOptions({
      queryKey: ['datasets', project],
      queryFn: ({ pageParam }) =>
        client.request('GET /v1/projects/{project}/datasets', { path: { project }, query: token(pageParam) }),
      initialPageParam: '',
      getNextPageParam: (page) => page.next_token ?? undefined,
    }),
    versions: (name: string) =>
      infiniteQueryOptions({
        queryKey: ['dataset-versions', project, name],
        queryFn: ({ pageParam }) =>
          client.request('GET /v1/projects/{project}/datasets/{name}/versions', {
            path: { project, name },
            query: { limit: 100, ...token(pageParam) },
          }),
        initialPageParam: '',
        getNextPageParam: (page) => page.next_token ?? undefined,
        refetchInterval: ({ state }) =>
          state.data?.pages.some((page) => page.items.some(isBusy)) ? WHILE_BUSY_MS : false,
      }),
    version: (name: string, version: string) =>
      queryOptions({
        queryKey: ['dataset-version', project, name, version],
        queryFn: () =>
          client.request('GET /v1/projects/{project}/datasets/{name}/versions/{version}', {
            path: { project, name, version },
          }),
        refetchInterval: ({ state }) => (state.data && isBusy(state.data) ? WHILE_BUSY_MS : false),
      }),
    members: (name: string, version: string, split: string | undefined) =>
      infiniteQueryOptions({
        queryKey: ['dataset-members', project, name, version, split],
        queryFn: ({ pageParam }) =>
          client.request('GET /v1/projects/{project}/datasets/{name}/versions/{version}/members', {
            path: { project, name, version },
            query: { limit: 60, ...(split ? { split } : {}), ...token(pageParam) },
          }),
        initialPageParam: '',
        getNextPageParam: (page) => page.next_token ?? undefined,
      }),
    diff: (name: string, version: string, against: number) =>
      infiniteQueryOptions({
        queryKey: ['dataset-diff', project, name, version, against],
        queryFn: ({ pageParam }) =>
          client.request('GET /v1/projects/{project}/datasets/{name}/versions/{version}/diff', {
            path: { project, name, version },
            query: { against, limit: 100, ...token(pageParam) },
          }),
        initialPageParam: '',
        getNextPageParam: (page) => page.next_token ?? undefined,
      }),
  }
}

export const isBusy = ({ state }: Pick<Version, 'state'>): boolean => state === 'creating' || state === 'deleting'
