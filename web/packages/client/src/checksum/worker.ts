/** The worker of `crc64nvme`: answers a Blob, on a channel of its own, with its checksum or the error of reading it. */
import { hash } from './hash.js'

export interface ToHash {
  blob: Blob
  /** Takes the answer; any message that it brings stops the reading. */
  port: MessagePort
}

export interface Checksum {
  value?: string
  error?: string
}

addEventListener('message', ({ data: { blob, port } }: MessageEvent<ToHash>) => {
  const stop = new AbortController()
  port.onmessage = () => stop.abort()
  const answer = (checksum: Checksum) => port.postMessage(checksum)
  hash(blob, stop.signal).then(
    (value) => answer({ value }),
    (error: unknown) => answer({ error: error instanceof Error ? error.message : String(error) }),
  )
})
