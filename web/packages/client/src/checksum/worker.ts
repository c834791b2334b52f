/** The worker of `crc64nvme`: answers a Blob with its checksum, or with the error of reading it. */
import { hash } from './hash.js'

addEventListener('message', ({ data }: MessageEvent<Blob>) => {
  hash(data).then(
    (value) => postMessage({ value }),
    (error: unknown) => postMessage({ error: error instanceof Error ? error.message : String(error) }),
  )
})
