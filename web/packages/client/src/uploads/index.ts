/** Uploads: a queue of files that survives lost connections, pauses and reloads, until every asset is ready. */
import type { Client } from '../client.js'
import { UploadError } from '../errors.js'
import { sleep } from '../retries.js'
import type { AttributeValues } from '../routes.js'
import { createArrivals } from './arrival.js'
import { lockUpload } from './lock.js'
import { Notices } from './notices.js'
import { asUploadError, errorOfAsset, isFinal, isRefused } from './outcome.js'
import { persist, Slots, UPLOAD_RETRIES } from './patience.js'
import { type OpenedSource, openSource, reopen, type UploadSource } from './source.js'
import { defaultStore, type StoredUpload } from './store.js'
import type { AddOptions, UploadItem, UploadStatus, Uploads, UploadsOptions } from './types.js'

const KEPT_MS = 7 * 24 * 3_600_000
/** Files that are added between two pauses, in which the page can paint. */
const ADDED_AT_ONCE = 200

interface Entry {
  stored: StoredUpload
  item: UploadItem
  source?: OpenedSource | undefined
  running?: AbortController | undefined
  uploadId?: string | undefined
  /** Resolves when the upload is on disk, so that a reload finds it; its bytes follow. */
  recorded: Promise<unknown>
  /** Nothing of it is kept any more. */
  isFinished: boolean
  release: () => void
}

const RUNNING: readonly UploadStatus[] = ['queued', 'hashing', 'sending', 'processing']

/** Return a queue of uploads into one project. Those that a reload interrupted go on at once. */
export function createUploads(client: Client, options: UploadsOptions): Uploads {
  const { project, store = defaultStore(), multipartAboveBytes = 32 * 2 ** 20 } = options
  const retries = { ...UPLOAD_RETRIES, ...options.retries }
  const entries = new Map<string, Entry>()
  /** By fingerprint, the upload that was added last. */
  const latest = new Map<string, Entry>()
  const notices = new Notices<UploadItem>(() => [...entries.values()].map((entry) => entry.item))
  const whole = new AbortController()
  const arrive = createArrivals(client, options)
  const keeping = new Slots(1)
  let lastAddedAt = 0
  let opened: Promise<string> | undefined

  /** Return the scope of the caller, once what a reload interrupted is taken up; asked for again after a failure. */
  function scopeOf(): Promise<string> {
    opened ??= open().catch((error: unknown) => {
      opened = undefined
      throw error
    })
    return opened
  }

  async function open(): Promise<string> {
    const subject = await persist(() => client.subject(), whole.signal, retries)
    const scope = JSON.stringify([client.api, project, subject])
    for (const stored of await store.all(scope)) {
      if (stored.addedAt < Date.now() - KEPT_MS) await store.delete(stored.key)
      else await restore(stored)
    }
    return scope
  }

  async function restore(stored: StoredUpload): Promise<void> {
    const release = await lockUpload(stored.key)
    if (!release) return // another tab sends it
    if (whole.signal.aborted) {
      release()
      return
    }
    const entry = enter(stored)
    entry.release = release
    await find(entry, false)
    if (entry.source && !stored.isPaused) start(entry)
    else update(entry, { status: entry.source ? 'paused' : 'file_needed' })
  }

  /** Look for the bytes of an upload from before a reload. */
  async function find(entry: Entry, isAsked: boolean): Promise<void> {
    const { key, handle, fileName: name, fingerprint } = entry.stored
    const file = handle ? undefined : await store.file(key)
    const source = handle ? await reopen(handle, fingerprint, isAsked) : file && { blob: file, name, fingerprint }
    if (source) Object.assign(entry, { source })
    update(entry, { survivesReload: source !== undefined })
  }

  function enter(stored: StoredUpload): Entry {
    const { key, fileName, contentType, sizeBytes, handle } = stored
    const item: UploadItem = {
      ...{ key, fileName, contentType, sizeBytes },
      sentBytes: 0,
      status: 'queued',
      survivesReload: false,
      hasHandle: handle !== undefined,
    }
    const entry: Entry = { stored, item, recorded: Promise.resolve(), isFinished: false, release: () => {} }
    entries.set(key, entry)
    if (stored.fingerprint) latest.set(stored.fingerprint, entry)
    return entry
  }

  function update(entry: Entry, change: Partial<UploadItem>): void {
    entry.item = { ...entry.item, ...change }
    notices.announce()
  }

  async function add(files: Iterable<UploadSource>, given: AddOptions = {}): Promise<UploadItem[]> {
    const sources = [...files] // a FileList is emptied when its input is reset
    const scope = await scopeOf()
    const added: UploadItem[] = []
    for (const [number, source] of sources.entries()) {
      if (number % ADDED_AT_ONCE === ADDED_AT_ONCE - 1) await sleep(0, whole.signal)
      const found = await openSource(source)
      const entry = known(found) ?? addNew(found, scope, given)
      if (!entry.source) {
        entry.source = found
        start(entry)
      }
      added.push(entry.item)
    }
    notices.tell()
    return added
  }

  /** Return the unfinished upload of the same file. */
  function known({ fingerprint }: OpenedSource): Entry | undefined {
    const entry = latest.get(fingerprint)
    if (!entry || !entries.has(entry.stored.key)) return undefined
    return entry.item.status === 'ready' || isRefused(entry.item) ? undefined : entry
  }

  function addNew(source: OpenedSource, scope: string, given: AddOptions): Entry {
    const addedAt = Math.max(Date.now(), lastAddedAt + 1) // a reload keeps the order of files added together
    lastAddedAt = addedAt
    const entry = enter({
      ...{ key: newKey(), scope, fingerprint: source.fingerprint, addedAt, isPaused: false },
      ...{ fileName: source.name, contentType: source.blob.type, sizeBytes: source.blob.size },
      method: source.blob.size > multipartAboveBytes ? 'multipart' : 'put',
      ...{ tags: given.tags ?? [], attributes: given.attributes ?? {} },
      ...(source.handle ? { handle: source.handle } : {}),
    })
    const { key } = entry.stored
    entry.recorded = lockUpload(key).then((release) => {
      entry.release = release ?? entry.release
      return store.put(entry.stored)
    })
    entry.recorded.then(() => keep(entry, source)).catch(() => {}) // `run` rejects with it
    return entry
  }

  /** Keep the bytes of a new upload, beside its way; without room it needs its file again after a reload. */
  async function keep(entry: Entry, source: OpenedSource): Promise<void> {
    const { key } = entry.stored
    const copied = async () => {
      if (!entry.isFinished) await store.putFile(key, source.blob)
      return true
    }
    const isKept = source.handle || (await keeping.use(whole.signal, copied).catch(() => false))
    if (entry.isFinished) await store.delete(key)
    else update(entry, { survivesReload: Boolean(isKept) })
  }

  function start(entry: Entry): void {
    if (entry.running) return
    const running = new AbortController()
    entry.running = running
    const { error: _, ...item } = entry.item
    entry.item = item
    update(entry, { status: 'queued' })
    void run(entry, AbortSignal.any([running.signal, whole.signal])).finally(() => {
      if (entry.running === running) entry.running = undefined
    })
  }

  async function run(entry: Entry, signal: AbortSignal): Promise<void> {
    try {
      await entry.recorded
      const asset = await arrive({
        stored: entry.stored,
        source: entry.source,
        signal,
        onChange: (change) => update(entry, change),
        onBegun: (uploadId) => {
          entry.uploadId = uploadId
        },
        save: () => store.put(entry.stored),
      })
      await finish(entry)
      const error = errorOfAsset(asset)
      if (!error) entry.source = undefined
      update(entry, { ...(error ? { status: 'failed', error } : { status: 'ready' }), assetId: asset.asset_id, asset })
    } catch (error) {
      if (signal.aborted) return // paused, cancelled or forgotten
      if (isFinal(error)) await finish(entry)
      update(entry, { status: 'failed', error: asUploadError(error) })
    }
  }

  /** Forget what is on disk; the item stays to be shown. */
  async function finish(entry: Entry): Promise<void> {
    entry.isFinished = true
    await store.delete(entry.stored.key)
    entry.release()
  }

  function stop(entry: Entry, why: string): void {
    entry.running?.abort(new UploadError('stopped', why))
    entry.running = undefined
  }

  function chosen(key: string | undefined): Entry[] {
    if (key === undefined) return [...entries.values()]
    const entry = entries.get(key)
    return entry ? [entry] : []
  }

  function pause(key?: string): void {
    for (const entry of chosen(key)) {
      if (!RUNNING.includes(entry.item.status)) continue
      stop(entry, 'The upload is paused.')
      setPaused(entry, true)
      update(entry, { status: 'paused' })
    }
  }

  function resume(key?: string): void {
    for (const entry of chosen(key)) void goOn(entry)
  }

  async function goOn(entry: Entry): Promise<void> {
    const { status } = entry.item
    if (status === 'ready' || RUNNING.includes(status)) return
    if (isRefused(entry.item)) {
      renewKey(entry)
      return
    }
    if (!entry.source) await find(entry, true)
    setPaused(entry, false)
    if (entry.source) start(entry)
  }

  /** The server has decided on the upload with this key; the same file is another upload now. */
  function renewKey(entry: Entry): void {
    const { source, stored } = entry
    if (!source) return
    entries.delete(stored.key)
    const next = addNew(source, stored.scope, {
      tags: stored.tags,
      attributes: stored.attributes as AttributeValues,
    })
    next.source = source
    start(next)
  }

  function setPaused(entry: Entry, isPaused: boolean): void {
    if (entry.stored.isPaused === isPaused) return
    entry.stored.isPaused = isPaused
    store.put(entry.stored).catch((error: unknown) => update(entry, { error: asUploadError(error) }))
  }

  async function cancel(key: string): Promise<void> {
    const entry = entries.get(key)
    if (!entry) return
    stop(entry, 'The upload is cancelled.')
    entries.delete(key)
    notices.tell()
    await finish(entry)
    const { uploadId } = entry
    if (uploadId && entry.item.status !== 'ready') {
      const path = { upload_id: uploadId }
      await persist(() => client.request('DELETE /v1/uploads/{upload_id}', { path }), whole.signal, retries)
    }
  }

  function close(): void {
    whole.abort(new UploadError('stopped', 'The queue is closed.'))
    for (const entry of entries.values()) entry.release()
    entries.clear()
    notices.tell()
  }

  async function forget(): Promise<void> {
    close()
    const scope = await opened?.catch(() => undefined) // without a caller nothing of theirs was taken up
    if (scope) for (const stored of await store.all(scope)) await store.delete(stored.key)
  }

  scopeOf().catch(() => {}) // `add` and `settled` ask again, and reject with what they find

  return {
    add,
    items: () => notices.snapshot,
    subscribe: (listener) => notices.subscribe(listener),
    pause,
    resume,
    cancel,
    ready: (key) =>
      notices.when(() => {
        const item = entries.get(key)?.item
        if (!item) throw new UploadError('stopped', 'The upload is cancelled.')
        if (item.status === 'failed') throw item.error
        return item.status === 'ready' ? item.asset : undefined
      }),
    settled: async () => {
      await scopeOf()
      return notices.when(() => {
        const found = [...entries.values()].map((entry) => entry.item)
        return found.some((item) => RUNNING.includes(item.status)) ? undefined : found
      })
    },
    close,
    forget,
  }
}

/** 128 random bits; `crypto.randomUUID` is missing on pages that are not secure contexts. */
const newKey = (): string =>
  `w1.${[...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('')}`
