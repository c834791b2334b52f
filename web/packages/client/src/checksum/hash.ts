/** CRC-64/NVME of a Blob by WebAssembly, in the thread that calls. */
import { createCRC64 } from 'hash-wasm'

/** Reflected polynomial of CRC-64/NVME (NVM Express, NVM Command Set Specification, 64b CRC). */
const POLYNOMIAL = '9a6c9329ac4bc9b5'

/** Return the checksum as S3 writes it: base64 of the 8 bytes, most significant first. */
export async function hash(blob: Blob, signal?: AbortSignal): Promise<string> {
  const crc = await createCRC64(POLYNOMIAL)
  const reader = blob.stream().getReader()
  for (;;) {
    signal?.throwIfAborted()
    const { done, value } = await reader.read()
    if (done) break
    crc.update(value)
  }
  return btoa(String.fromCharCode(...crc.digest('binary')))
}
