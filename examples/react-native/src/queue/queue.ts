/**
 * The upload queue of the phone: what is added arrives once, whatever ends the app meanwhile.
 *
 * `step` looks at database, network and transfers, and does what comes next; it may be called at any time: at launch,
 * when the network changes, when a transfer ends, by the system's background task. Nothing depends on a promise of an
 * earlier life of the app: after a relaunch the database and `GET /v1/uploads/{id}` say what has arrived.
 */
import { MAX_TRANSFERS, nextParts, PART_URL_SECONDS, partSize } from './plan.ts'
import type { Store, Upload } from './store.ts'
import { type Api, ApiError, type BeginItem, type Phone, type Ticket, type Transfer } from './types.ts'

const BEGIN_AT_ONCE = 50
const FIRST_WAIT_MS = 2_000
const MAX_WAIT_MS = 5 * 60_000

export interface QueueOptions {
  /** Send over Wi-Fi only; true unless the user says otherwise, since cellular data costs money. */
  wifiOnly: boolean
  /** Share of the longest wait that is waited, from 0 to 1 (full jitter). */
  chance?: () => number
  onChange?: (key: string) => void
}

export class UploadQueue {
  readonly #store: Store
  readonly #phone: Phone
  readonly #api: Api
  readonly #options: QueueOptions
  #running: Promise<void> | undefined
  #isAskedAgain = false

  constructor(store: Store, phone: Phone, api: Api, options: QueueOptions) {
    this.#store = store
    this.#phone = phone
    this.#api = api
    this.#options = options
  }

  /** Add photos or videos of the library; a `key` names one for ever, and what is known already is not sent twice. */
  add(items: { key: string; source: string; fileName: string; contentType: string }[]): void {
    for (const each of items) this.#store.add(each.key, each.source, each.fileName, each.contentType)
    for (const each of items) this.#options.onChange?.(each.key)
  }

  setWifiOnly(wifiOnly: boolean): void {
    this.#options.wifiOnly = wifiOnly
    if (!this.#mayConnect()) this.#stopTransfers()
  }

  /** Cancel the transfers of an upload and keep what has arrived. */
  pause(key: string): void {
    this.#cancel(key)
    this.#set(key, { state: 'paused' })
  }

  /** Go on with an upload that is paused or failed; only missing parts are sent. */
  resume(key: string): void {
    const upload = this.#store.get(key)
    if (upload?.state === 'paused' || upload?.state === 'failed')
      this.#set(key, { state: 'waiting', reason: null, tries: 0, notBefore: 0 })
  }

  /** Take an upload out of the queue. What has arrived stays in Foveal. */
  async remove(key: string): Promise<void> {
    this.#cancel(key)
    await this.#removePartFiles(key)
    this.#store.remove(key)
    this.#options.onChange?.(key)
  }

  /** Do what comes next. Calls that overlap become one more run after the current one. */
  async step(): Promise<void> {
    if (this.#running) {
      this.#isAskedAgain = true
      return this.#running
    }
    this.#running = this.#run()
    try {
      await this.#running
    } finally {
      this.#running = undefined
    }
  }

  /** Take note of the end of a transfer, then `step`. */
  async ended(transfer: Transfer): Promise<void> {
    const { key, part } = parseId(transfer.id)
    const upload = this.#store.get(key)
    if (upload?.state !== 'sending') return
    // 412: the object is there already (If-None-Match), so an answer was lost.
    const isDone = transfer.status === 200 || (transfer.status === 412 && part === undefined)
    if (isDone && part === undefined) this.#set(key, { state: 'arrived', tries: 0, notBefore: 0 })
    else if (isDone && part !== undefined) await this.#partArrived(upload, part)
    else if (transfer.status === 400 && part === undefined) this.#fail(key, 'The file was changed while it was sent.')
    // 403: the URL has expired, which a fresh one answers; everything else may pass.
    else this.#tryAgain(upload, transfer.status === 403 ? 0 : 1)
    await this.step()
  }

  async #run(): Promise<void> {
    do {
      this.#isAskedAgain = false
      await this.#restore()
      if (this.#mayConnect()) {
        await this.#begin()
        await this.#handOverParts()
        await this.#finish()
      }
    } while (this.#isAskedAgain)
  }

  /** Uploads whose transfers an earlier life of the app has handed over: ask Foveal what has arrived. */
  async #restore(): Promise<void> {
    const active = new Set(this.#phone.active())
    for (const upload of this.#store.list('sending')) {
      const isKnown = [...active].some((id) => parseId(id).key === upload.key)
      if (isKnown || !this.#phone.network().isConnected) continue
      await this.#guarded(upload, async () => {
        const progress = await this.#api.progress(upload.uploadId ?? '')
        if (progress.state !== 'open' || progress.status !== 'pending') this.#set(upload.key, { state: 'arrived' })
        else if (upload.partSize === null) this.#set(upload.key, { state: 'waiting' })
        else this.#noteParts(upload.key, progress.uploaded_parts ?? [])
      })
    }
  }

  /** Begin what waits: a fresh ticket for a single PUT, an upload in parts whose parts are handed over after it. */
  async #begin(): Promise<void> {
    const now = this.#phone.now()
    const waiting = this.#store.list('waiting').filter((each) => each.notBefore <= now)
    const room = MAX_TRANSFERS - this.#phone.active().length
    const chosen = waiting.slice(0, Math.max(0, Math.min(room, BEGIN_AT_ONCE)))
    const files = new Map<string, string>()
    const items: BeginItem[] = []
    for (const upload of chosen) {
      await this.#guarded(upload, async () => {
        const file = await this.#local(upload)
        if (!file) return
        files.set(upload.key, file.uri)
        items.push(beginItem(upload, file.sizeBytes))
        this.#store.change(upload.key, { sizeBytes: file.sizeBytes, partSize: partSize(file.sizeBytes) ?? null })
      })
    }
    if (!items.length) return
    let tickets: Ticket[]
    try {
      tickets = await this.#api.begin(items)
    } catch (error) {
      for (const item of items) this.#refused(item.idempotency_key, error)
      return
    }
    items.forEach((item, index) => {
      const ticket = tickets[index]
      if (ticket) this.#began(item.idempotency_key, ticket, files.get(item.idempotency_key) ?? '')
    })
  }

  #began(key: string, ticket: Ticket, uri: string): void {
    if ('problem' in ticket) {
      this.#refused(key, new ApiError(ticket.problem.status, ticket.problem.code, ticket.problem.detail))
      return
    }
    const known = { uploadId: ticket.upload_id, assetId: ticket.asset_id }
    if (ticket.status !== 'pending') this.#set(key, { ...known, state: 'arrived' })
    else {
      this.#set(key, { ...known, state: 'sending' })
      if (ticket.method === 'put') this.#phone.send(key, uri, ticket.url, ticket.headers)
    }
  }

  /** Cut and hand over the parts that are missing, as many as the space and the system take. */
  async #handOverParts(): Promise<void> {
    for (const upload of this.#store.list('sending')) {
      if (upload.partSize === null || upload.notBefore > this.#phone.now()) continue
      await this.#guarded(upload, () => this.#handOver(upload, upload.partSize ?? 0, upload.sizeBytes ?? 0))
    }
  }

  async #handOver(upload: Upload, size: number, sizeBytes: number): Promise<void> {
    const active = this.#phone.active()
    const underWay = new Set(active.filter((id) => parseId(id).key === upload.key).map((id) => parseId(id).part))
    const done = new Set(
      this.#store
        .parts(upload.key)
        .filter((part) => part.isDone)
        .map((part) => part.number),
    )
    const all = Array.from({ length: Math.ceil(sizeBytes / size) }, (_, index) => index + 1)
    const missing = all.filter((number) => !done.has(number) && !underWay.has(number))
    const chosen = nextParts(missing, underWay.size, sizeBytes, MAX_TRANSFERS - active.length)
    if (chosen.length) {
      const file = await this.#local(upload)
      if (!file) return
      if (file.sizeBytes !== sizeBytes) {
        this.#fail(upload.key, 'The file was changed while it was sent.')
        return
      }
      const parts: { number: number; uri: string }[] = []
      for (const number of chosen) {
        const start = (number - 1) * size
        const length = Math.min(size, sizeBytes - start)
        const uri = await this.#phone.cut(file.uri, start, length, `${upload.key}-${number}`)
        this.#store.setPart(upload.key, number, uri, false)
        parts.push({ number, uri })
      }
      const signed = await this.#api.signParts(upload.uploadId ?? '', chosen, PART_URL_SECONDS)
      const urls = new Map(signed.map((each) => [each.part_number, each.url]))
      for (const { number, uri } of parts) this.#phone.send(partId(upload.key, number), uri, urls.get(number) ?? '', {})
    } else if (!missing.length && !underWay.size) {
      await this.#api.complete(upload.uploadId ?? '')
      this.#set(upload.key, { state: 'arrived', tries: 0, notBefore: 0 })
    }
  }

  /** Ask for the outcome of what has arrived. */
  async #finish(): Promise<void> {
    for (const upload of this.#store.list('arrived')) {
      if (upload.notBefore > this.#phone.now()) continue
      await this.#guarded(upload, async () => {
        const progress = await this.#api.progress(upload.uploadId ?? '')
        if (progress.status === 'ready') {
          await this.#removePartFiles(upload.key)
          this.#set(upload.key, { state: 'ready', reason: null })
        } else if (progress.status === 'pending') this.#tryAgain(upload, 1, 'arrived')
        else this.#fail(upload.key, `Foveal has not taken it: the asset is ${progress.status}.`)
      })
    }
  }

  async #partArrived(upload: Upload, number: number): Promise<void> {
    const part = this.#store.parts(upload.key).find((each) => each.number === number)
    this.#store.setPart(upload.key, number, null, true)
    this.#store.change(upload.key, { tries: 0, notBefore: 0 })
    if (part?.uri) await this.#phone.remove(part.uri)
    this.#options.onChange?.(upload.key)
  }

  #noteParts(key: string, arrived: { part_number: number }[]): void {
    const done = new Set(arrived.map((part) => part.part_number))
    for (const part of this.#store.parts(key)) {
      const uri = part.uri
      if (done.has(part.number) && uri) void this.#phone.remove(uri)
      if (part.isDone && !done.has(part.number)) this.#store.setPart(key, part.number, null, false)
    }
    for (const number of done) this.#store.setPart(key, number, null, true)
  }

  async #local(upload: Upload): Promise<{ uri: string; sizeBytes: number } | undefined> {
    try {
      return await this.#phone.localFile(upload.source)
    } catch (error) {
      this.#fail(upload.key, `The photo cannot be read: ${messageOf(error)}`)
      return undefined
    }
  }

  /** Carry out calls for an upload; an error puts it off or ends it, and costs no other upload anything. */
  async #guarded(upload: Upload, work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (error) {
      this.#refused(upload.key, error)
    }
  }

  #refused(key: string, error: unknown): void {
    const upload = this.#store.get(key)
    if (!upload) return
    if (error instanceof RangeError) this.#fail(key, error.message)
    else if (!(error instanceof ApiError) || isTemporary(error.status)) this.#tryAgain(upload, 1, upload.state)
    else if (error.code === 'NoSuchUpload')
      this.#beginAnew(key) // it has expired: begin again under the same key
    else this.#fail(key, error.message)
  }

  #beginAnew(key: string): void {
    this.#store.forgetParts(key)
    this.#set(key, { state: 'waiting', uploadId: null })
  }

  /** Put an upload off: full jitter, twice as long each time. Parts keep their state; a PUT needs a fresh ticket. */
  #tryAgain(upload: Upload, more: number, state?: Upload['state']): void {
    const tries = upload.tries + more
    const longest = more ? Math.min(MAX_WAIT_MS, FIRST_WAIT_MS * 2 ** (tries - 1)) : 0
    const notBefore = this.#phone.now() + longest * (this.#options.chance ?? Math.random)()
    this.#set(upload.key, { state: state ?? (upload.partSize === null ? 'waiting' : 'sending'), tries, notBefore })
  }

  #fail(key: string, reason: string): void {
    this.#cancel(key)
    this.#set(key, { state: 'failed', reason })
  }

  #set(key: string, changes: Partial<Omit<Upload, 'key'>>): void {
    this.#store.change(key, changes)
    this.#options.onChange?.(key)
  }

  #mayConnect(): boolean {
    const network = this.#phone.network()
    return network.isConnected && (network.isWifi || !this.#options.wifiOnly)
  }

  #stopTransfers(): void {
    for (const upload of this.#store.list('sending')) {
      this.#cancel(upload.key)
      if (upload.partSize === null) this.#set(upload.key, { state: 'waiting' })
    }
  }

  #cancel(key: string): void {
    for (const id of this.#phone.active()) if (parseId(id).key === key) this.#phone.cancel(id)
  }

  async #removePartFiles(key: string): Promise<void> {
    for (const part of this.#store.parts(key)) if (part.uri) await this.#phone.remove(part.uri)
    this.#store.forgetParts(key)
  }
}

function beginItem(upload: Upload, sizeBytes: number): BeginItem {
  const size = partSize(sizeBytes)
  return {
    file_name: upload.fileName,
    content_type: upload.contentType,
    size_bytes: sizeBytes,
    idempotency_key: upload.key,
    ...(size === undefined ? { method: 'put' } : { method: 'multipart', part_size_bytes: size }),
  }
}

/** Return the id of a part's transfer. */
const partId = (key: string, part: number): string => `${key}#${part}`

function parseId(id: string): { key: string; part: number | undefined } {
  const at = id.lastIndexOf('#')
  return at < 0 ? { key: id, part: undefined } : { key: id.slice(0, at), part: Number(id.slice(at + 1)) }
}

const isTemporary = (status: number): boolean => status === 401 || status === 408 || status === 429 || status >= 500

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
