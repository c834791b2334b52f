/** What the queue needs of the phone, of Foveal, and of a database; the tests give it others than the app. */
import type { components } from '../../../../web/packages/client/src/openapi.ts'

type Schemas = components['schemas']

export type Ticket = Schemas['BegunUploads']['uploads'][number]
export type Progress = Schemas['UploadProgress']
export type SignedPart = Schemas['SignedPart']

export interface BeginItem {
  file_name: string
  content_type: string
  size_bytes: number
  idempotency_key: string
  method: 'put' | 'multipart'
  part_size_bytes?: number
}

/** The routes of the API that the queue calls. Each rejects with ApiError, or with another error when offline. */
export interface Api {
  begin(items: BeginItem[]): Promise<Ticket[]>
  progress(uploadId: string): Promise<Progress>
  signParts(uploadId: string, numbers: number[], expiresInSeconds: number): Promise<SignedPart[]>
  complete(uploadId: string): Promise<void>
}

/** A problem that the API answered. */
export class ApiError extends Error {
  readonly status: number
  readonly code: string

  constructor(status: number, code: string, detail: string) {
    super(detail)
    this.status = status
    this.code = code
  }
}

/** The end of a transfer; `status` is null when no answer arrived. */
export interface Transfer {
  id: string
  status: number | null
}

/** Files and transfers of the phone. */
export interface Phone {
  /**
   * Return the file of a photo of the library, and its size. Originals that lie in iCloud are downloaded first.
   * Rejects when the photo is gone.
   */
  localFile(source: string): Promise<{ uri: string; sizeBytes: number }>
  /** Copy a range of a file into a file of the app and return its address. An existing one is replaced. */
  cut(uri: string, start: number, sizeBytes: number, name: string): Promise<string>
  /** Remove a file of the app; one that is gone is no error. */
  remove(uri: string): Promise<void>
  /** Hand a PUT over to the system, which may finish it when the app is suspended. `id` is known to `active`. */
  send(id: string, fileUri: string, url: string, headers: Record<string, string>): void
  cancel(id: string): void
  /** Return the ids of the transfers that this process has handed over and that have not ended. */
  active(): string[]
  network(): { isConnected: boolean; isWifi: boolean }
  now(): number
}

/** Values of SQLite, and statements with `?` for them; expo-sqlite on the phone, node:sqlite in the tests. */
export type Value = string | number | null
export interface Database {
  run(sql: string, values?: Value[]): void
  all<Row>(sql: string, values?: Value[]): Row[]
  transaction(work: () => void): void
}
