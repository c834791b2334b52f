/** Files of single frames, which the server makes at their first request. */
import { ApiError, type Asset } from '@foveal/client'
import { keepPreviousData, queryOptions } from '@tanstack/react-query'
import type { ReadBytes } from '../../app/client'

const MIN_WAIT_MS = 200
const MAX_WAIT_MS = 2_000

/** Return the query for a variant of a frame; until it is there, that of the frame before is given. */
export function frameQuery<T>(
  bytes: ReadBytes,
  { asset_id: id, s3 }: Asset,
  frame: number,
  variant: string,
  read: (file: Blob) => Promise<T>,
) {
  return queryOptions({
    queryKey: [variant, id, s3?.version_id, frame],
    queryFn: async ({ signal }) => {
      const query = new URLSearchParams({ variant, ...(frame ? { frame: `${frame}` } : {}) })
      return read(await bytes(`/v1/assets/${encodeURIComponent(id)}/content?${query}`, signal))
    },
    placeholderData: keepPreviousData,
    staleTime: Number.POSITIVE_INFINITY,
    retry: (failures, cause) => failures < 20 && cause instanceof ApiError && cause.code === 'RenditionNotReady',
    retryDelay: (failures) => Math.min(MAX_WAIT_MS, MIN_WAIT_MS * 2 ** failures),
  })
}
