/** The way of one file to its asset: checksum, begin, bytes, verdict. What it shares with other files is made once. */
import { crc64nvme } from '../checksum/index.js'
import type { Client } from '../client.js'
import { ApiError, UploadError } from '../errors.js'
import { joined } from '../joined.js'
import type { AttributeValues, BeginItem, FoundAsset, Ticket } from '../routes.js'
import { persist, Slots, UPLOAD_RETRIES } from './patience.js'
import { DEFAULT_STALL_MS } from './put.js'
import type { OpenedSource } from './source.js'
import type { StoredUpload } from './store.js'
import { type Route, transfer } from './transfer.js'
import type { UploadItem, UploadsOptions } from './types.js'
import { createVerdicts } from './verdicts.js'

/** Files of one begin; they are begun just ahead of their turn, because tickets expire. */
const MAX_AHEAD = 32

export interface Arrival {
  stored: StoredUpload
  source: OpenedSource | undefined
  signal: AbortSignal
  /** Called with what has changed; not any more after the signal is aborted. */
  onChange: (change: Partial<UploadItem>) => void
  onBegun: (uploadId: string) => void
  /** Store the upload, whose checksum is known now. */
  save: () => Promise<void>
}

/** Return a function that brings a file to S3 and waits for the verdict on its asset. */
export function createArrivals(
  client: Client,
  { project, connections = 6, stallMs = DEFAULT_STALL_MS, verdictMs = 900_000, ...options }: UploadsOptions,
): (arrival: Arrival) => Promise<FoundAsset> {
  const retries = { ...UPLOAD_RETRIES, ...options.retries }
  // Small files have turns of their own: those of large ones last as long as their checksums and parts.
  const aheadOf = { put: new Slots(MAX_AHEAD), multipart: new Slots(MAX_AHEAD) }
  const hashing = { put: new Slots(1), multipart: new Slots(1) }
  const verdict = createVerdicts(client, project, verdictMs)
  const begin = joined(MAX_AHEAD, beginAll)
  const parts = new Slots(Math.max(1, Math.floor((connections * 2) / 3)))
  const route: Route = { client, begin, slots: new Slots(connections), parts, stallMs, retries }

  async function beginAll(items: BeginItem[]): Promise<(Ticket | Error)[]> {
    const { uploads } = await client.request('POST /v1/projects/{project}/uploads', {
      path: { project },
      body: { uploads: items },
    })
    return uploads.map((each) => ('problem' in each ? new ApiError(each.problem.status, each.problem) : each))
  }

  return async ({ stored, source, signal, onChange, onBegun, save }) => {
    const change = (changed: Partial<UploadItem>) => {
      if (!signal.aborted) onChange(changed)
    }
    const { blob } = opened(stored, source)
    const ticket = await aheadOf[stored.method].use(signal, async () => {
      if (!stored.checksum) {
        change({ status: 'hashing' })
        const compute = () => hashing[stored.method].use(signal, () => crc64nvme(blob, signal))
        stored.checksum = await persist(compute, signal, retries)
        await save()
      }
      change({ status: 'sending' })
      return transfer(route, {
        item: itemOf(stored),
        body: blob,
        signal,
        onBegun: ({ asset_id: assetId, upload_id: uploadId }) => {
          onBegun(uploadId)
          change({ assetId })
        },
        onProgress: (sentBytes) => change({ sentBytes }),
      })
    })
    change({ status: 'processing', sentBytes: stored.sizeBytes })
    return verdict(ticket.asset_id, signal)
  }
}

/** Return the source if it is the file that the upload was added with. */
function opened(stored: StoredUpload, source: OpenedSource | undefined): OpenedSource {
  if (!source) throw new UploadError('file_needed', 'Add the file again: its bytes are not known any more.')
  if (source.blob.size !== stored.sizeBytes || source.fingerprint !== stored.fingerprint) {
    throw new UploadError('file_changed', 'The file is another one than before.')
  }
  return source
}

const itemOf = (stored: StoredUpload): BeginItem => ({
  file_name: stored.fileName,
  content_type: stored.contentType,
  size_bytes: stored.sizeBytes,
  method: stored.method,
  tags: stored.tags,
  attributes: stored.attributes as AttributeValues,
  idempotency_key: stored.key,
  ...(stored.checksum ? { checksum: { algorithm: 'crc64nvme' as const, value: stored.checksum } } : {}),
})
