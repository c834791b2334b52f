/** CRC-64/NVME of files: in a worker where there is one, and otherwise in this thread. Loaded at the first use. */
import { NetworkError } from '../errors.js'
import type { Checksum, ToHash } from './worker.js'

let worker: Worker | undefined
/** Undefined until the first attempt; bundlers that do not know `new URL(…, import.meta.url)` leave no worker. */
let hasWorker: boolean | undefined

/**
 * Return the checksum of a Blob as S3 writes it, base64. Calls at the same time share one worker, which reads their
 * files by turns, so that a small file is done before a large one.
 *
 * Rejects with the reason of `signal` when it is aborted, with a DOMException when the file cannot be read, with
 * NetworkError when its own program cannot be loaded.
 */
export async function crc64nvme(blob: Blob, signal?: AbortSignal): Promise<string> {
  signal?.throwIfAborted()
  if (hasWorker !== false && typeof Worker !== 'undefined' && typeof document !== 'undefined') {
    const found = await inWorker(blob, signal)
    if (found !== undefined) return found
  }
  const { hash } = await import('./hash.js').catch((cause: unknown) => {
    throw new NetworkError('The program that computes checksums could not be loaded.', { cause })
  })
  return hash(blob, signal)
}

/** Return the checksum, or undefined when no worker can be started. Each call has a channel of its own. */
function inWorker(blob: Blob, signal?: AbortSignal): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    try {
      worker ??= new Worker(new URL('./worker.js', import.meta.url), { type: 'module' })
    } catch {
      hasWorker = false // a policy of the page forbids it
      resolve(undefined)
      return
    }
    const running = worker
    const { port1: here, port2: there } = new MessageChannel()
    const end = () => {
      here.close()
      running.removeEventListener('error', onError)
      signal?.removeEventListener('abort', onAbort)
    }
    const onAbort = () => {
      here.postMessage('stop')
      end()
      reject(signal?.reason)
    }
    const onError = () => {
      end()
      if (navigator.onLine) hasWorker = false // otherwise its program could not be loaded, and the next attempt may
      if (worker === running) worker = undefined
      resolve(undefined)
    }
    here.onmessage = ({ data }: MessageEvent<Checksum>) => {
      end()
      hasWorker = true
      if (data.value === undefined) reject(new DOMException(data.error, 'NotReadableError'))
      else resolve(data.value)
    }
    running.addEventListener('error', onError)
    signal?.addEventListener('abort', onAbort, { once: true })
    running.postMessage({ blob, port: there } satisfies ToHash, [there])
  })
}
