/** The way of one file's bytes: begin, one PUT or parts, complete. Every step may be repeated. */
import type { Client } from '../client.js'
import { ApiError, UploadError } from '../errors.js'
import type { RetryPolicy } from '../retries.js'
import type { BeginItem, Ticket } from '../routes.js'
import { persist, RefusedBytes, type Slots } from './patience.js'
import { putOnce } from './put.js'
import type { Put } from './send.js'

type MultipartTicket = Extract<Ticket, { method: 'multipart' }>

/** Parts signed in one call when those of the begin are used up or have expired. */
const PARTS_AHEAD = 32
/** Begins of one upload: the second one after a ticket has expired. */
const MAX_BEGINS = 2
/** Attempts to complete, each after the missing parts were sent. */
const MAX_ROUNDS = 3

export interface Route {
  client: Client
  begin: (item: BeginItem) => Promise<Ticket>
  /** Connections to S3, shared by files and parts. */
  slots: Slots
  /** Connections that parts may have of these at once. */
  parts: Slots
  stallMs: number
  retries: RetryPolicy
}

export interface Transfer {
  item: BeginItem
  body: Blob
  signal: AbortSignal
  /** Called with the ids as soon as the upload is begun. */
  onBegun: (ticket: Ticket) => void
  /** Called with the bytes that have left, of those before a reload too. */
  onProgress: (sentBytes: number) => void
}

/**
 * Bring the bytes of a file to S3 and return the ticket of its asset, whose status is not always `pending`.
 *
 * Begins again with the same key when a ticket has expired. Rejects with UploadError, ApiError or NetworkError.
 */
export async function transfer(route: Route, given: Transfer): Promise<Ticket> {
  const { item, signal } = given
  for (let round = 1; ; round += 1) {
    const ticket = await persist(() => route.begin(item), signal, route.retries)
    given.onBegun(ticket)
    if (ticket.status !== 'pending') return ticket
    try {
      if (ticket.method === 'multipart') await sendParts(route, given, ticket)
      else await sendWhole(route, given, ticket)
      return ticket
    } catch (error) {
      const isStale = error instanceof RefusedBytes && (error.status === 403 || error.status === 404)
      if (!isStale || round === MAX_BEGINS) throw error
    }
  }
}

async function sendWhole(route: Route, given: Transfer, ticket: Ticket): Promise<void> {
  if (ticket.method !== 'put') throw new UploadError(ticket.method, 'The server chose a method that was not asked for.')
  const { url, headers } = ticket
  await put(route, given.signal, async () => url, { headers, body: given.body, onProgress: given.onProgress })
}

async function sendParts(route: Route, given: Transfer, ticket: MultipartTicket): Promise<void> {
  const { upload_id, part_size_bytes: partSize, part_count: partCount } = ticket
  const { body, signal } = given
  const path = { upload_id }
  const urls = new Map(ticket.parts.map((part) => [part.part_number, part.url]))
  const sent = new Map<number, number>()
  let signing: Promise<void> | undefined
  const sizeOf = (part: number) => Math.min(partSize, body.size - (part - 1) * partSize)
  const tell = () => given.onProgress([...sent.values()].reduce((sum, bytes) => sum + bytes, 0))

  async function findMissing(isNew: boolean): Promise<number[]> {
    const all = Array.from({ length: partCount }, (_, index) => index + 1)
    if (isNew && ticket.parts.length === partCount) return all
    const arrived = await persist(
      () => route.client.request('GET /v1/uploads/{upload_id}/parts', { path, signal }),
      signal,
      route.retries,
    )
    const missing = new Set(arrived.missing_part_numbers)
    for (const part of all) if (!missing.has(part)) sent.set(part, sizeOf(part))
    tell()
    return [...missing]
  }

  async function urlOf(part: number, missing: number[]): Promise<string> {
    for (;;) {
      const url = urls.get(part)
      if (url) return url
      signing ??= signFrom(part, missing).finally(() => {
        signing = undefined
      })
      await signing
    }
  }

  async function signFrom(part: number, missing: number[]): Promise<void> {
    const part_numbers = missing.slice(missing.indexOf(part)).slice(0, PARTS_AHEAD)
    const body = { part_numbers }
    const signed = await route.client.request('POST /v1/uploads/{upload_id}/parts', { path, body, signal })
    for (const each of signed.parts) urls.set(each.part_number, each.url)
  }

  async function sendPart(part: number, missing: number[]): Promise<void> {
    const start = (part - 1) * partSize
    const slice = body.slice(start, start + sizeOf(part))
    const onProgress = (bytes: number) => {
      sent.set(part, bytes)
      tell()
    }
    for (let isAgain = false; ; isAgain = true) {
      try {
        const given = { body: slice, onProgress, onExpired: () => urls.clear() }
        await route.parts.use(signal, () => put(route, signal, () => urlOf(part, missing), given))
        onProgress(slice.size)
        return
      } catch (error) {
        if (isAgain || !(error instanceof RefusedBytes && error.status === 403)) throw error
      }
    }
  }

  for (let round = 1; ; round += 1) {
    const missing = await findMissing(round === 1)
    await all(missing.map((part) => () => sendPart(part, missing)))
    try {
      await persist(
        () => route.client.request('POST /v1/uploads/{upload_id}/complete', { path, signal }),
        signal,
        route.retries,
      )
      return
    } catch (error) {
      if (error instanceof ApiError && error.code === 'ChecksumMismatch') {
        throw new UploadError('checksum_mismatch', error.detail, { cause: error })
      }
      const isMissing = error instanceof ApiError && error.code === 'IncompleteUpload'
      if (!isMissing || round === MAX_ROUNDS) throw error
    }
  }
}

/** Start all tasks and wait for every one; then reject with the first error. */
async function all(tasks: (() => Promise<void>)[]): Promise<void> {
  const results = await Promise.allSettled(tasks.map((task) => task()))
  for (const result of results) if (result.status === 'rejected') throw result.reason
}

/**
 * Send bytes in a slot until S3 has them; the URL is asked for when the slot is free.
 *
 * After a 403 no other request takes the URLs that were signed together with this one: `onExpired` is called before
 * the slot is free.
 */
async function put(
  route: Route,
  signal: AbortSignal,
  url: () => Promise<string>,
  { onExpired, ...given }: Pick<Put, 'headers' | 'body' | 'onProgress'> & { onExpired?: () => void },
): Promise<void> {
  const attempt = async () => putOnce({ ...given, url: await url(), signal, stallMs: route.stallMs }, onExpired)
  await persist(() => route.slots.use(signal, attempt), signal, route.retries)
}
