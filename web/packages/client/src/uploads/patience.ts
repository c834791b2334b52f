/** Patience of uploads: a step is tried again while the network or the server is away, without a count when offline. */
import { ApiError, NetworkError, UploadError } from '../errors.js'
import { isTemporary, jitterMs, type RetryPolicy, sleep } from '../retries.js'

export const UPLOAD_RETRIES: RetryPolicy = { max: 8, baseMs: 500, maxMs: 30_000 }

/** An answer of S3 that is no success. `code` is S3's own. */
export class RefusedBytes extends UploadError {
  override name = 'RefusedBytes'
  readonly status: number

  constructor(status: number, text: string) {
    super(/<Code>(\w+)<\/Code>/.exec(text)?.[1] ?? `HTTP${status}`, `S3 answered ${status}`)
    this.status = status
  }
}

/** Run a step until it succeeds, or fails for good. Rejects with its error, or with the reason of the signal. */
export async function persist<T>(step: () => Promise<T>, signal: AbortSignal, policy = UPLOAD_RETRIES): Promise<T> {
  for (let retry = 0; ; ) {
    await online(signal)
    try {
      return await step()
    } catch (error) {
      signal.throwIfAborted()
      if (!isPassing(error)) throw error
      if (isOffline()) continue
      if (retry >= policy.max) throw error
      await sleep(jitterMs(policy, retry), signal)
      retry += 1
    }
  }
}

/** Tell whether the same step can succeed later. */
export function isPassing(error: unknown): boolean {
  if (error instanceof ApiError) {
    if (error.code === 'UploadInProgress') return true // an earlier attempt is still being carried out
    return error.code !== 'QuotaExceeded' && isTemporary(error.status)
  }
  if (error instanceof RefusedBytes) return isTemporary(error.status) || error.code === 'RequestTimeout'
  return error instanceof NetworkError
}

/** Node has a `navigator` without `onLine`. */
const isOffline = (): boolean => typeof navigator !== 'undefined' && navigator.onLine === false

/** Wait until the browser has a network. */
function online(signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted()
    if (!isOffline()) {
      resolve()
      return
    }
    const end = new AbortController()
    const finish = (settle: () => void) => () => {
      end.abort()
      settle()
    }
    addEventListener('online', finish(resolve), { signal: end.signal })
    signal.addEventListener(
      'abort',
      finish(() => reject(signal.reason)),
      { signal: end.signal },
    )
  })
}

/** Slots that are taken in the order in which they were asked for. */
export class Slots {
  #free: number
  readonly #waiting: (() => void)[] = []

  constructor(count: number) {
    this.#free = count
  }

  /** Run a task in a slot. Rejects with the reason of the signal when it is aborted while the task waits. */
  async use<T>(signal: AbortSignal, task: () => Promise<T>): Promise<T> {
    await this.#take(signal)
    try {
      return await task()
    } finally {
      this.#give()
    }
  }

  #take(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      signal.throwIfAborted()
      if (this.#free > 0) {
        this.#free -= 1
        resolve()
        return
      }
      const onAbort = () => {
        this.#waiting.splice(this.#waiting.indexOf(enter), 1)
        reject(signal.reason)
      }
      const enter = () => {
        signal.removeEventListener('abort', onAbort)
        resolve()
      }
      this.#waiting.push(enter)
      signal.addEventListener('abort', onAbort, { once: true })
    })
  }

  #give(): void {
    const next = this.#waiting.shift()
    if (next) next()
    else this.#free += 1
  }
}
