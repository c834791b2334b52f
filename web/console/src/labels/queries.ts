/** Imports, exports and jobs as the API has them, asked for again while they are at work. */
import type { Answer } from '@foveal/client'
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'
import { useApp } from '../app/context'
import { useProject } from '../app/project'

export type Import = Answer<'GET /v1/imports/{import_id}'>
export type Job = Answer<'GET /v1/jobs/{job_id}'>
export type Export = Answer<'GET /v1/exports/{job_id}'>

const WHILE_BUSY_MS = 1_500
const LIST_MS = 5_000

export const isBusyJob = (job: Job | undefined): boolean => job?.state === 'queued' || job?.state === 'running'
export const isBusyImport = (found: Import | undefined): boolean =>
  found?.state === 'checking' || found?.state === 'running'

export function useQueries() {
  const { client } = useApp()
  const { project } = useProject()
  const path = { project }
  return {
    imports: infiniteQueryOptions({
      queryKey: ['imports', project],
      queryFn: ({ pageParam }) =>
        client.request('GET /v1/projects/{project}/imports', {
          path,
          query: pageParam ? { next_token: pageParam } : {},
        }),
      initialPageParam: '',
      getNextPageParam: (page) => page.next_token ?? undefined,
      refetchInterval: ({ state }) =>
        state.data?.pages.some((page) => page.items.some(isBusyImport)) ? LIST_MS : false,
    }),
    jobs: infiniteQueryOptions({
      queryKey: ['jobs', project],
      queryFn: ({ pageParam }) =>
        client.request('GET /v1/projects/{project}/jobs', { path, query: pageParam ? { next_token: pageParam } : {} }),
      initialPageParam: '',
      getNextPageParam: (page) => page.next_token ?? undefined,
      refetchInterval: ({ state }) => (state.data?.pages.some((page) => page.items.some(isBusyJob)) ? LIST_MS : false),
    }),
    schemas: queryOptions({
      queryKey: ['label-schemas', project],
      queryFn: () => client.request('GET /v1/projects/{project}/label-schemas', { path, query: { limit: 500 } }),
    }),
    import: (import_id: string) =>
      queryOptions({
        queryKey: ['import', import_id],
        queryFn: () => client.request('GET /v1/imports/{import_id}', { path: { import_id } }),
        staleTime: 0,
      }),
    job: (job_id: string) =>
      queryOptions({
        queryKey: ['job', job_id],
        queryFn: () => client.request('GET /v1/jobs/{job_id}', { path: { job_id } }),
        staleTime: 0,
        refetchInterval: ({ state }) => (isBusyJob(state.data) || !state.data ? WHILE_BUSY_MS : false),
      }),
    export: (job_id: string) =>
      queryOptions({
        queryKey: ['export', job_id],
        queryFn: () => client.request('GET /v1/exports/{job_id}', { path: { job_id } }),
        staleTime: 0,
        refetchInterval: ({ state }) => (isBusyJob(state.data?.job) ? WHILE_BUSY_MS : false),
      }),
  }
}
