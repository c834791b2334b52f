/** Bytes to S3: one PUT with progress, by XMLHttpRequest in browsers and by a stream elsewhere. */
import { NetworkError } from '../errors.js'

export interface Put {
  url: string
  headers?: Record<string, string>
  body: Blob
  /** Called with the bytes that have left so far. */
  onProgress: (sentBytes: number) => void
  signal: AbortSignal
  /** Time without progress after which the connection counts as broken. */
  stallMs: number
}

export interface Sent {
  status: number
  text: string
  retryAfter: string | null
}

/** Send one PUT and return the answer, whatever its status. Rejects with NetworkError, or the reason of the signal. */
export const send = (put: Put): Promise<Sent> => (typeof XMLHttpRequest === 'undefined' ? byStream(put) : byXhr(put))

function byXhr({ url, headers = {}, body, onProgress, signal, stallMs }: Put): Promise<Sent> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted()
    const request = new XMLHttpRequest()
    const watch = stallWatch(stallMs, () => request.abort())
    const onAbort = () => request.abort()
    const fail = () => reject(signal.aborted ? signal.reason : new NetworkError(watch.reason()))
    request.upload.onprogress = ({ loaded }) => {
      watch.moved()
      onProgress(loaded)
    }
    request.onload = () =>
      resolve({
        status: request.status,
        text: request.responseText,
        retryAfter: request.getResponseHeader('retry-after'),
      })
    request.onerror = request.onabort = fail
    request.onloadend = () => {
      watch.end()
      signal.removeEventListener('abort', onAbort)
    }
    request.open('PUT', url)
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value)
    signal.addEventListener('abort', onAbort, { once: true })
    request.send(body)
  })
}

async function byStream({ url, headers = {}, body, onProgress, signal, stallMs }: Put): Promise<Sent> {
  const stalled = new AbortController()
  const watch = stallWatch(stallMs, () => stalled.abort())
  let sentBytes = 0
  const counted = body.stream().pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        sentBytes += chunk.byteLength
        watch.moved()
        onProgress(sentBytes)
        controller.enqueue(chunk)
      },
    }),
  )
  try {
    const answer = await fetch(url, {
      method: 'PUT',
      headers: { ...headers, 'content-length': String(body.size) },
      body: counted,
      duplex: 'half', // a member that streams need, and that the types of browsers do not know
      signal: AbortSignal.any([signal, stalled.signal]),
    } as RequestInit)
    return { status: answer.status, text: await answer.text(), retryAfter: answer.headers.get('retry-after') }
  } catch (error) {
    signal.throwIfAborted()
    throw new NetworkError(watch.reason(), { cause: error })
  } finally {
    watch.end()
  }
}

/** Watch for a transfer that does not move. */
function stallWatch(stallMs: number, onStall: () => void) {
  let isStalled = false
  let timer: ReturnType<typeof setTimeout>
  const moved = () => {
    clearTimeout(timer)
    timer = setTimeout(() => {
      isStalled = true
      onStall()
    }, stallMs)
  }
  moved()
  const reason = () => (isStalled ? `Nothing moved for ${stallMs / 1000} seconds.` : 'The connection broke.')
  return { moved, end: () => clearTimeout(timer), reason }
}
