/** Verdicts on uploaded files: one search at a time asks for all assets that wait, less and less often. */
import type { Client } from '../client.js'
import { UploadError } from '../errors.js'
import { sleep } from '../retries.js'
import type { FoundAsset } from '../routes.js'
import { isPassing } from './patience.js'

const FIRST_WAIT_MS = 500
const MAX_WAIT_MS = 5_000
/** Most assets on one page of a search. */
const MAX_ASKED = 500
const DECIDED = ['ready', 'failed', 'quarantined', 'deleted']

interface Waiting {
  until: number
  resolve: (asset: FoundAsset) => void
  reject: (error: unknown) => void
}

/** Return a function that waits until an asset is no longer pending. Rejects with UploadError `not_read_yet`. */
export function createVerdicts(
  client: Client,
  project: string,
  timeoutMs: number,
): (assetId: string, signal: AbortSignal) => Promise<FoundAsset> {
  const waiting = new Map<string, Waiting>()
  let waitMs = FIRST_WAIT_MS
  let isRunning = false

  async function run(): Promise<void> {
    isRunning = true
    while (waiting.size > 0) {
      await sleep(waitMs)
      waitMs = Math.min(waitMs * 1.5, MAX_WAIT_MS)
      const ids = [...waiting.keys()].slice(0, MAX_ASKED)
      try {
        for (const asset of await ask(ids)) end(asset.asset_id, (each) => each.resolve(asset))
      } catch (error) {
        if (!isPassing(error)) for (const id of ids) end(id, (each) => each.reject(error))
      }
      const late = new UploadError('not_read_yet', 'The bytes are stored, and have not been read yet.')
      for (const [id, { until }] of waiting) if (Date.now() > until) end(id, (each) => each.reject(late))
      // Those that were asked for wait behind those that were not.
      for (const id of ids) {
        const each = waiting.get(id)
        if (each && waiting.delete(id)) waiting.set(id, each)
      }
    }
    isRunning = false
  }

  async function ask(ids: string[]): Promise<FoundAsset[]> {
    const page = await client.request('POST /v1/projects/{project}/assets/search', {
      path: { project },
      body: {
        filter: {
          and: [
            { field: 'asset_id', in: ids },
            { field: 'status', in: DECIDED },
          ],
        },
        limit: MAX_ASKED,
      },
    })
    return page.items
  }

  function end(assetId: string, settle: (waiting: Waiting) => void): void {
    const each = waiting.get(assetId)
    if (each && waiting.delete(assetId)) settle(each)
  }

  return (assetId, signal) =>
    new Promise((resolve, reject) => {
      signal.throwIfAborted()
      waiting.set(assetId, { until: Date.now() + timeoutMs, resolve, reject })
      waitMs = FIRST_WAIT_MS
      signal.addEventListener('abort', () => end(assetId, (each) => each.reject(signal.reason)), { once: true })
      if (!isRunning) void run()
    })
}
