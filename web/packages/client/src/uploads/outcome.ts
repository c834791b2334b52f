/** Outcomes of uploads: which errors are final, and what a file's error is for its user. */
import { ApiError, FovealError, UploadError } from '../errors.js'
import type { FoundAsset } from '../routes.js'
import { isPassing } from './patience.js'
import type { UploadItem } from './types.js'

/** Return the error of an asset that has not become ready. */
export function errorOfAsset({ status, reason, reason_detail: detail }: FoundAsset): UploadError | undefined {
  if (status === 'ready') return undefined
  return new UploadError(reason ?? status ?? 'failed', detail ?? `The asset is ${status}.`)
}

/** Tell whether the server has decided against an upload, so that its key has no further use. */
export const isRefused = (item: UploadItem): boolean =>
  item.status === 'failed' && (item.asset !== undefined || isFinal(item.error))

/** Tell whether the same upload can never succeed; another attempt is another upload. */
export function isFinal(error: unknown): boolean {
  if (error instanceof ApiError) return !isPassing(error) && error.status !== 401 && error.status !== 429
  return error instanceof UploadError && ['file_changed', 'checksum_mismatch'].includes(error.code)
}

export function asUploadError(error: unknown): FovealError {
  if (error instanceof FovealError) return error
  const isUnreadable = error instanceof DOMException && error.name === 'NotReadableError'
  const detail = isUnreadable ? 'The file cannot be read: it was moved, changed or deleted.' : String(error)
  return new UploadError(isUnreadable ? 'file_unreadable' : 'unexpected', detail, { cause: error })
}
