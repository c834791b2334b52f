/** Signed URLs: asked for together, kept until shortly before they expire, renewed while somebody watches them. */
import type { Client } from './client.js'
import { ApiError, NetworkError } from './errors.js'
import { joined } from './joined.js'
import { isTemporary } from './retries.js'

/** Most assets that one call signs. */
const MAX_JOINED = 1000
/** URLs that are kept while nobody watches them. */
const MAX_KEPT = 20_000
const MAX_TIMER_MS = 2 ** 31 - 1
const RENDITION_SECONDS = 2
/** Wait after a lost connection or a server in trouble, for as long as somebody watches. */
const RETRY_MS = 10_000
const MIN_MARGIN_MS = 60_000
const MARGIN_SHARE = 0.1

export interface SignedUrl {
  url: string
  /** Unix time in milliseconds at which the URL expires. */
  expiresAt: number
}

/** A URL, or the error of the last attempt to get one. */
export type SignedState = { signed: SignedUrl; error?: undefined } | { signed?: undefined; error: unknown }

export interface SignerOptions {
  project: string
  /** Least validity of a URL; the server's default is one hour. */
  expiresInSeconds?: number
}

export interface Signer {
  /** Return a URL of a variant (`original` or a rendition). Rejects with ApiError, for example `RenditionNotReady`. */
  sign(assetId: string, variant: string): Promise<SignedUrl>
  /** Return a URL that is kept and still good, without asking for one. */
  peek(assetId: string, variant: string): SignedUrl | undefined
  /** Keep a URL that came with another answer, so that it is not asked for. */
  keep(assetId: string, variant: string, signed: SignedUrl): void
  /** Return a new URL after one did not work; callers that name the same `failed` URL get the same new one. */
  renew(assetId: string, variant: string, failed: string): Promise<SignedUrl>
  /** Call the listener with the URL, and again with each new one before the old expires. Returns the end of it. */
  watch(assetId: string, variant: string, listener: (state: SignedState) => void): () => void
}

interface Entry {
  assetId: string
  variant: string
  signed?: SignedUrl
  /** Unix time in milliseconds from which a new URL is asked for. */
  staleAt: number
  pending?: Promise<SignedUrl> | undefined
  listeners: Set<(state: SignedState) => void>
  timer?: ReturnType<typeof setTimeout>
}

/** Return a signer for the assets of one project. */
export function createSigner(client: Client, { project, expiresInSeconds }: SignerOptions): Signer {
  const entries = new Map<string, Entry>()
  const calls = new Map<string, (assetId: string) => Promise<SignedUrl>>()
  const watched = new Set<Entry>()

  async function signAll(variant: string, assetIds: string[]): Promise<(SignedUrl | Error)[]> {
    const expiry = expiresInSeconds ? { expires_in_seconds: expiresInSeconds } : {}
    const { downloads } = await client.request('POST /v1/projects/{project}/downloads', {
      path: { project },
      body: { asset_ids: assetIds, variant, ...expiry },
    })
    return downloads.map((each) =>
      'problem' in each
        ? new ApiError(each.problem.status, each.problem)
        : { url: each.url, expiresAt: Date.parse(each.expires_at) },
    )
  }

  function entryOf(assetId: string, variant: string): Entry {
    const key = `${variant} ${assetId}`
    const entry = entries.get(key) ?? { assetId, variant, staleAt: 0, listeners: new Set() }
    entries.set(key, entry)
    if (entries.size > MAX_KEPT) forgetOldest(entries)
    return entry
  }

  /** Ask for a URL, once at a time for each asset and variant, and tell those who watch. */
  function refresh(entry: Entry): Promise<SignedUrl> {
    if (entry.pending) return entry.pending
    const { assetId, variant } = entry
    const ask = calls.get(variant) ?? joined(MAX_JOINED, (assetIds: string[]) => signAll(variant, assetIds))
    calls.set(variant, ask)
    entry.pending = ask(assetId)
      .finally(() => {
        entry.pending = undefined
      })
      .then(
        (signed) => {
          keep(entry, signed)
          return signed
        },
        (error: unknown) => {
          tell(entry, { error }, waitOf(error))
          throw error
        },
      )
    return entry.pending
  }

  function keep(entry: Entry, signed: SignedUrl): void {
    entry.signed = signed
    entry.staleAt = staleAt(signed.expiresAt)
    tell(entry, { signed }, entry.staleAt - Date.now())
  }

  function tell(entry: Entry, state: SignedState, nextMs: number | undefined): void {
    for (const listener of entry.listeners) listener(state)
    plan(entry, nextMs)
  }

  /** Renew a watched URL after a time; a hidden page waits until it is shown. */
  function plan(entry: Entry, waitMs: number | undefined): void {
    clearTimeout(entry.timer)
    if (waitMs === undefined || entry.listeners.size === 0) return
    entry.timer = setTimeout(
      () => {
        if (!isHidden()) refresh(entry).catch(ignore)
      },
      Math.min(Math.max(waitMs, 1), MAX_TIMER_MS),
    )
  }

  function renewStale(): void {
    if (isHidden()) return
    for (const entry of watched) if (Date.now() >= entry.staleAt) refresh(entry).catch(ignore)
  }

  function peek(assetId: string, variant: string): SignedUrl | undefined {
    const entry = entries.get(`${variant} ${assetId}`)
    return entry && Date.now() < entry.staleAt ? entry.signed : undefined
  }

  const sign = (assetId: string, variant: string): Promise<SignedUrl> => {
    const kept = peek(assetId, variant)
    return kept ? Promise.resolve(kept) : refresh(entryOf(assetId, variant))
  }

  return {
    sign,
    peek,
    keep: (assetId, variant, signed) => keep(entryOf(assetId, variant), signed),
    renew(assetId, variant, failed) {
      const entry = entryOf(assetId, variant)
      if (entry.signed?.url === failed) entry.staleAt = 0
      return sign(assetId, variant)
    },
    watch(assetId, variant, listener) {
      const entry = entryOf(assetId, variant)
      entry.listeners.add(listener)
      if (watched.size === 0) onReturn('addEventListener', renewStale)
      watched.add(entry)
      const signed = peek(assetId, variant)
      if (signed) {
        listener({ signed })
        plan(entry, entry.staleAt - Date.now())
      } else refresh(entry).catch(ignore)
      return () => {
        entry.listeners.delete(listener)
        if (entry.listeners.size > 0) return
        clearTimeout(entry.timer)
        watched.delete(entry)
        if (watched.size === 0) onReturn('removeEventListener', renewStale)
      }
    },
  }
}

/** Errors reach the listeners; the promise has no other reader. */
const ignore = (): void => {}

/** Return when to ask again after an error; undefined where asking again does not help. */
function waitOf(error: unknown): number | undefined {
  if (error instanceof NetworkError) return RETRY_MS
  if (!(error instanceof ApiError)) return undefined
  const { retry_after_seconds: seconds } = error.problem as { retry_after_seconds?: number }
  if (error.code === 'RenditionNotReady') return (seconds ?? RENDITION_SECONDS) * 1000
  return isTemporary(error.status) ? RETRY_MS : undefined
}

function forgetOldest(entries: Map<string, Entry>): void {
  for (const [key, entry] of entries) {
    if (entry.listeners.size > 0 || entry.pending || entry.staleAt === 0) continue
    entries.delete(key)
    if (entries.size <= MAX_KEPT) return
  }
}

/** Return when a URL is renewed: 60 seconds or a tenth of its validity before it expires, half of a short validity. */
function staleAt(expiresAt: number): number {
  const leftMs = Math.max(0, expiresAt - Date.now())
  return expiresAt - Math.min(Math.max(MIN_MARGIN_MS, leftMs * MARGIN_SHARE), leftMs / 2)
}

const isHidden = (): boolean => typeof document !== 'undefined' && document.visibilityState === 'hidden'

/** Listen for the page being shown again, and for its network being back. */
function onReturn(change: 'addEventListener' | 'removeEventListener', listener: () => void): void {
  if (typeof document === 'undefined') return
  document[change]('visibilitychange', listener)
  window[change]('online', listener)
}
