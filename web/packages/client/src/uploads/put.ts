/** One PUT to S3 with the errors of uploads, and a PUT that is repeated until S3 has the bytes. */
import { UploadError } from '../errors.js'
import { askedWaitMs, type RetryPolicy, sleep } from '../retries.js'
import { persist, RefusedBytes, UPLOAD_RETRIES } from './patience.js'
import { type Put, send } from './send.js'

export const DEFAULT_STALL_MS = 30_000

export interface PutOptions {
  headers?: Record<string, string>
  /** Called with the bytes that have left so far; it starts anew with each attempt. */
  onProgress?: (sentBytes: number) => void
  signal?: AbortSignal
  /** Time without progress after which the connection counts as broken; 30 seconds by default. */
  stallMs?: number
  /** Retries of passing failures; 8 by default. */
  retries?: Partial<RetryPolicy>
}

/**
 * Send a file to a presigned URL until S3 has it, as for the label files of an import: passing failures are repeated,
 * a connection that stalls is opened anew.
 *
 * Rejects with UploadError, whose `code` is S3's, with NetworkError, or with the reason of the signal.
 */
export async function putFile(url: string, body: Blob, options: PutOptions = {}): Promise<void> {
  const { onProgress = () => {}, signal = new AbortController().signal, stallMs = DEFAULT_STALL_MS } = options
  const put = { url, body, onProgress, signal, stallMs, ...(options.headers && { headers: options.headers }) }
  await persist(() => putOnce(put), signal, { ...UPLOAD_RETRIES, ...options.retries })
}

/**
 * Send one PUT. Rejects with RefusedBytes for an answer that is no success, after the wait that it asks for.
 *
 * 412 means that the bytes are there: an answer was lost on its way. `onExpired` is called before a 403 is thrown.
 */
export async function putOnce(put: Put, onExpired?: () => void): Promise<void> {
  const answer = await send(put)
  if ((answer.status >= 200 && answer.status < 300) || answer.status === 412) return
  const refused = new RefusedBytes(answer.status, answer.text)
  if (refused.code === 'BadDigest') {
    throw new UploadError('file_changed', 'The file changed while it was sent.', { cause: refused })
  }
  if (answer.status === 403) onExpired?.()
  await sleep(askedWaitMs(answer.retryAfter) ?? 0, put.signal)
  throw refused
}
