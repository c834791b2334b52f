/** A phone and a Foveal in memory, and node:sqlite as the database: what the queue's tests run against. */
import { DatabaseSync } from 'node:sqlite'
import { type Api, ApiError, type BeginItem, type Database, type Phone, type Progress, type Ticket } from './types.ts'

/** SQLite of Node. The same statements run on the phone in expo-sqlite. */
export function memoryDatabase(): Database {
  const database = new DatabaseSync(':memory:')
  return {
    run: (sql, values = []) => void database.prepare(sql).run(...values),
    all: <Row>(sql: string, values: (string | number | null)[] = []) =>
      database
        .prepare(sql)
        .all(...values)
        .map((row) => ({ ...row })) as Row[],
    transaction: (work) => {
      database.exec('BEGIN')
      work()
      database.exec('COMMIT')
    },
  }
}

interface StoredUpload {
  item: BeginItem
  uploadId: string
  parts: Map<number, number>
  isThere: boolean
  status: Progress['status']
  isAborted: boolean
}

/** S3 and the API: it refuses what they refuse, and counts what is sent. */
export class FakeFoveal implements Api {
  readonly uploads = new Map<string, StoredUpload>()
  isDown = false
  problem: ApiError | undefined
  verdict: Progress['status'] = 'ready'
  sentBytes = 0
  begins = 0

  async begin(items: BeginItem[]): Promise<Ticket[]> {
    this.#check()
    this.begins += 1
    return items.map((item) => this.#ticket(item))
  }

  async progress(uploadId: string): Promise<Progress> {
    this.#check()
    const upload = this.#upload(uploadId)
    const isOpen = !upload.isThere
    const uploaded = [...upload.parts].map(([part_number, size_bytes]) => ({ part_number, size_bytes, etag: '"e"' }))
    return {
      state: isOpen ? 'open' : 'completed',
      status: upload.status,
      uploaded_parts: uploaded,
    } as unknown as Progress
  }

  async signParts(uploadId: string, numbers: number[]) {
    this.#check()
    const { item } = this.#upload(uploadId)
    const size = item.part_size_bytes ?? 0
    return numbers.map((part_number) => ({
      part_number,
      size_bytes: Math.min(size, item.size_bytes - (part_number - 1) * size),
      url: `${uploadId}/${part_number}`,
    }))
  }

  async complete(uploadId: string): Promise<void> {
    this.#check()
    const upload = this.#upload(uploadId)
    const sent = [...upload.parts.values()].reduce((sum, size) => sum + size, 0)
    if (sent !== upload.item.size_bytes) throw new ApiError(409, 'UploadInProgress', 'parts are missing')
    this.#arrive(upload)
  }

  /** Take a PUT and return its status. */
  put(url: string, sizeBytes: number): number {
    const [uploadId = '', part] = url.split('/')
    const upload = this.#upload(uploadId)
    if (upload.isThere) return 412
    this.sentBytes += sizeBytes
    if (part) upload.parts.set(Number(part), sizeBytes)
    else if (sizeBytes !== upload.item.size_bytes) return 400
    else this.#arrive(upload)
    return 200
  }

  #ticket(item: BeginItem): Ticket {
    const known = [...this.uploads.values()].find((each) => each.item.idempotency_key === item.idempotency_key)
    const upload: StoredUpload = known ?? {
      item,
      uploadId: `upload-${this.uploads.size}`,
      parts: new Map(),
      isThere: false,
      status: 'pending',
      isAborted: false,
    }
    this.uploads.set(upload.uploadId, upload)
    const common = { upload_id: upload.uploadId, asset_id: `asset-of-${item.idempotency_key}`, status: upload.status }
    const ticket =
      item.method === 'put'
        ? { ...common, method: 'put', url: upload.uploadId, headers: { 'if-none-match': '*' }, expires_at: '' }
        : {
            ...common,
            method: 'multipart',
            part_size_bytes: item.part_size_bytes,
            part_count: 1,
            parts: [],
            expires_at: '',
          }
    return ticket as Ticket
  }

  #arrive(upload: StoredUpload): void {
    upload.isThere = true
    upload.status = this.verdict
  }

  #upload(uploadId: string): StoredUpload {
    const found = this.uploads.get(uploadId)
    if (!found || found.isAborted) throw new ApiError(404, 'NoSuchUpload', 'There is no such upload.')
    return found
  }

  #check(): void {
    if (this.isDown) throw new TypeError('Network request failed')
    if (this.problem) throw this.problem
  }
}

/** The library, the app's files, and transfers that live on when the app is killed. */
export class FakePhone implements Phone {
  readonly library = new Map<string, number>()
  readonly files = new Map<string, number>()
  readonly transfers = new Map<string, { uri: string; url: string }>()
  connection = { isConnected: true, isWifi: true }
  clock = 0
  mostFiles = 0
  mostTransfers = 0
  readonly #foveal: FakeFoveal
  #known = new Set<string>()

  constructor(foveal: FakeFoveal) {
    this.#foveal = foveal
  }

  async localFile(source: string) {
    const sizeBytes = this.library.get(source)
    if (sizeBytes === undefined) throw new Error('it was deleted')
    return { uri: source, sizeBytes }
  }

  async cut(uri: string, _start: number, sizeBytes: number, name: string) {
    if (!this.library.has(uri)) throw new Error('it was deleted')
    this.files.set(name, sizeBytes)
    this.mostFiles = Math.max(this.mostFiles, this.files.size)
    return name
  }

  async remove(uri: string) {
    this.files.delete(uri)
  }

  send(id: string, uri: string, url: string) {
    this.transfers.set(id, { uri, url })
    this.#known.add(id)
    this.mostTransfers = Math.max(this.mostTransfers, this.transfers.size)
  }

  cancel(id: string) {
    this.transfers.delete(id)
    this.#known.delete(id)
  }

  active() {
    return [...this.transfers.keys()].filter((id) => this.#known.has(id))
  }

  network() {
    return this.connection
  }

  now() {
    return this.clock
  }

  /** End the app: the system keeps its transfers, but a new process knows none of them. */
  kill() {
    this.#known = new Set()
  }

  /** Let one transfer end, and return its end as the system would tell it; undefined when nobody listens any more. */
  finish(id: string, status?: number | null): { id: string; status: number | null } | undefined {
    const transfer = this.transfers.get(id)
    if (!transfer) return undefined
    this.transfers.delete(id)
    const size = this.files.get(transfer.uri) ?? this.library.get(transfer.uri) ?? 0
    const answer = status === undefined ? this.#foveal.put(transfer.url, size) : status
    const isKnown = this.#known.delete(id)
    return isKnown ? { id, status: answer } : undefined
  }
}
