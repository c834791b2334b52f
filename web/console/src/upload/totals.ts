/** Sums over the queue of uploads, and its speed. */
import type { UploadItem, UploadStatus } from '@foveal/client'

export interface Totals {
  count: number
  sizeBytes: number
  sentBytes: number
  by: Record<UploadStatus, number>
  /** Uploads that go on by themselves. */
  running: number
  /** Bytes that running uploads have still to send. */
  leftBytes: number
}

const RUNNING: readonly UploadStatus[] = ['queued', 'hashing', 'sending', 'processing']

export const isRunning = (item: UploadItem): boolean => RUNNING.includes(item.status)

export function totalsOf(items: readonly UploadItem[]): Totals {
  const by = { queued: 0, hashing: 0, sending: 0, processing: 0, ready: 0, failed: 0, paused: 0, file_needed: 0 }
  const totals: Totals = { count: items.length, sizeBytes: 0, sentBytes: 0, by, running: 0, leftBytes: 0 }
  for (const item of items) {
    const sent = item.status === 'ready' ? item.sizeBytes : item.sentBytes
    by[item.status] += 1
    totals.sizeBytes += item.sizeBytes
    totals.sentBytes += sent
    if (!isRunning(item)) continue
    totals.running += 1
    totals.leftBytes += item.sizeBytes - sent
  }
  return totals
}

/** Time over which the speed is measured. */
const WINDOW_MS = 8_000

/** Speed of a growing number of bytes, in bytes a second, over the last seconds. */
export class Speed {
  readonly #samples: { at: number; bytes: number }[] = []
  #moved = 0
  #last: number | undefined

  /** Take the number of bytes at a time in milliseconds. One that shrinks, as an upload is taken out, is no movement. */
  measure(bytes: number, at: number): void {
    this.#moved += Math.max(0, bytes - (this.#last ?? bytes))
    this.#last = bytes
    this.#samples.push({ at, bytes: this.#moved })
    while ((this.#samples[0]?.at ?? at) < at - WINDOW_MS && this.#samples.length > 2) this.#samples.shift()
  }

  /** Return the speed; undefined until a second was measured. */
  get bytesPerSecond(): number | undefined {
    const first = this.#samples[0]
    const last = this.#samples.at(-1)
    if (!first || !last || last.at - first.at < 1000) return undefined
    return ((last.bytes - first.bytes) / (last.at - first.at)) * 1000
  }
}
