/** Retries: which outcome is tried again, and after how long. Full jitter; `Retry-After` is respected. */

/** The request was not carried out. */
const REFUSED = new Set([429, 503])
/** The request may have been carried out. */
const UNKNOWN = new Set([408, 500, 502, 504])
const MAX_RETRY_AFTER_MS = 120_000

export interface RetryPolicy {
  /** Retries after the first try; 4 by default. */
  max: number
  /** Longest wait before the first retry, doubled for each one after it; 500 by default. */
  baseMs: number
  /** Bound of that wait; 20,000 by default. */
  maxMs: number
}

export const DEFAULT_RETRIES: RetryPolicy = { max: 4, baseMs: 500, maxMs: 20_000 }

/** Return a random wait ("Exponential Backoff And Jitter", AWS Architecture Blog) for a retry, counted from 0. */
export const jitterMs = (policy: RetryPolicy, retry: number): number =>
  Math.random() * Math.min(policy.maxMs, policy.baseMs * 2 ** retry)

/** Tell whether an answer of this status is worth another try. */
export const isTemporary = (status: number, isRepeatable = true): boolean =>
  REFUSED.has(status) || (isRepeatable && UNKNOWN.has(status))

/** Return the wait that the server asks for in `Retry-After` (seconds); undefined if it is too long to wait. */
export function askedWaitMs(retryAfter: string | null): number | undefined {
  const asked = retryAfter && /^\d+$/.test(retryAfter) ? Number(retryAfter) * 1000 : 0
  return asked > MAX_RETRY_AFTER_MS ? undefined : asked
}

/** Wait; rejects with the signal's reason as soon as it is aborted. */
export function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted()
    const onAbort = () => {
      clearTimeout(timer)
      reject(signal?.reason)
    }
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', onAbort)
      resolve()
    }, ms)
    signal?.addEventListener('abort', onAbort, { once: true })
  })
}

/** Wait for work; rejects with the signal's reason as soon as it is aborted. */
export function until<T>(signal: AbortSignal, work: T | Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted()
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
    Promise.resolve(work).then(resolve, reject)
  })
}
