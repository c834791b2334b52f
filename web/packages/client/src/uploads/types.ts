/** Types of the upload queue. */
import type { FovealError } from '../errors.js'
import type { RetryPolicy } from '../retries.js'
import type { AttributeValues, FoundAsset } from '../routes.js'
import type { UploadSource } from './source.js'
import type { UploadStore } from './store.js'

export type UploadStatus =
  | 'queued'
  /** Its checksum is being computed. */
  | 'hashing'
  | 'sending'
  /** The bytes are stored; the server reads them. */
  | 'processing'
  | 'ready'
  | 'failed'
  | 'paused'
  /** Known from before a reload, but its bytes are not: add the file again, or `resume` to allow its handle. */
  | 'file_needed'

/** One upload as it is now; a new object with each change. */
export interface UploadItem {
  /** Idempotency key, which identifies the upload here too. */
  readonly key: string
  readonly fileName: string
  readonly contentType: string
  readonly sizeBytes: number
  readonly sentBytes: number
  readonly status: UploadStatus
  /** Whether the upload goes on by itself after a reload. */
  readonly survivesReload: boolean
  /** Whether the browser holds a handle of the file, for which `resume` asks permission after a reload. */
  readonly hasHandle: boolean
  readonly assetId?: string
  /** The asset, once it is ready or has failed. */
  readonly asset?: FoundAsset
  readonly error?: FovealError
}

export interface UploadsOptions {
  project: string
  /** Where the queue is kept: IndexedDB in browsers, memory elsewhere, by default. */
  store?: UploadStore
  /** Files above this size are sent in parts, which are not sent again; 33,554,432 by default. */
  multipartAboveBytes?: number
  /** Connections to S3, 6 by default; parts of large files take two thirds of them at most. */
  connections?: number
  /** Time without progress after which a connection counts as broken, 30,000 by default. */
  stallMs?: number
  /** Time to wait until an asset is ready, 900,000 by default. */
  verdictMs?: number
  retries?: Partial<RetryPolicy>
}

export interface AddOptions {
  tags?: string[]
  attributes?: AttributeValues
}

export interface Uploads {
  /** Add files. A file of which an unfinished upload is known goes on with it; no file is uploaded twice at once. */
  add(files: Iterable<UploadSource>, options?: AddOptions): Promise<UploadItem[]>
  /** Return all uploads, oldest first; the same array until something changes. */
  items(): readonly UploadItem[]
  /** Call the listener after changes, at most 20 times a second. Returns the end of it. */
  subscribe(listener: () => void): () => void
  /** Stop sending, of one upload or of all; nothing is lost. */
  pause(key?: string): void
  /** Go on with one upload or with all that are paused, have failed or need a handle's permission. */
  resume(key?: string): void
  /** Give an upload up; the server forgets its parts. */
  cancel(key: string): Promise<void>
  /** Wait for an upload's asset. Rejects with its error. */
  ready(key: string): Promise<FoundAsset>
  /** Wait until no upload is queued, sent or read any more. */
  settled(): Promise<readonly UploadItem[]>
  /** Stop and let go of the uploads, which go on in the next queue of this caller. */
  close(): void
  /** Stop, and forget every unfinished upload of this caller on this device: at sign-out. */
  forget(): Promise<void>
}
