/** Files beside the API, read within a time, with the errors of the API's client. */
import { ApiError, NetworkError } from '@foveal/client'

const MAX_MS = 60_000

/** Return what `read` makes of an answer. Rejects with ApiError where it is refused, NetworkError where time is over. */
export async function readFile<T>(
  url: string,
  read: (answer: Response) => Promise<T>,
  init: RequestInit = {},
): Promise<T> {
  const timeout = AbortSignal.timeout(MAX_MS)
  try {
    const answer = await fetch(url, {
      ...init,
      signal: init.signal ? AbortSignal.any([init.signal, timeout]) : timeout,
    })
    if (!answer.ok) {
      const problem = await answer.json().catch(() => ({}))
      throw new ApiError(answer.status, { detail: `${url}: HTTP ${answer.status}`, ...problem })
    }
    return await read(answer)
  } catch (error) {
    init.signal?.throwIfAborted()
    throw timeout.aborted ? new NetworkError(`${url} had no answer.`, { cause: error }) : error
  }
}

/** Tell whether no answer came: the connection failed or its time was over. */
export const isUnanswered = (error: unknown): boolean =>
  error instanceof NetworkError ||
  error instanceof TypeError || // of fetch itself
  (error instanceof DOMException && error.name === 'TimeoutError')
