/** Calls of the API: typed by its OpenAPI document, tried again where that is safe, with errors by code. */
import { errorOf, NetworkError } from './errors.js'
import { askedWaitMs, DEFAULT_RETRIES, isTemporary, jitterMs, type RetryPolicy, sleep, until } from './retries.js'
import type { Answer, RequestOptions, Route } from './routes.js'

export interface ClientOptions {
  /** Address of the API, for example `https://api.example.com`. */
  api: string
  /** Access token, or a function that returns one that is valid now; it is asked before each request. */
  token: string | (() => string | Promise<string>)
  retries?: Partial<RetryPolicy>
  /** Time for one try, its token included; 30,000 by default. A try without an answer in that time is the last one. */
  timeoutMs?: number
}

/** An answer with its headers, for routes that say more in these, such as revisions. */
export interface Answered<R extends Route> {
  body: Answer<R>
  headers: Headers
}

type Arguments<R extends Route> =
  Record<never, never> extends RequestOptions<R> ? [options?: RequestOptions<R>] : [options: RequestOptions<R>]

export interface Client {
  readonly api: string
  /**
   * Call one route of the API and return its answer.
   *
   * Rejects with ApiError for a problem, NetworkError when no answer arrived, the reason of `signal` when it is aborted.
   */
  request<R extends Route>(route: R, ...options: Arguments<R>): Promise<Answer<R>>
  /** Like `request`; the answer has its headers beside its body. */
  requestWithHeaders<R extends Route>(route: R, ...options: Arguments<R>): Promise<Answered<R>>
  /** Return the identifier of the caller, asked once from `GET /v1/me`. */
  subject(): Promise<string>
}

interface AnyOptions {
  path?: Record<string, string | number>
  query?: Record<string, string | number | boolean | undefined>
  headers?: Record<string, string>
  body?: unknown
  signal?: AbortSignal
}

/** Ends of the routes whose POST only reads, or has the same result when it is sent twice. */
const REPEATABLE_POSTS =
  /\/assets\/(search|aggregate|similar|duplicates)$|\/(downloads|downloads\/search|cookies|parts|complete|sign)$/

/** Return a client of one API for one caller. */
export function createClient(options: ClientOptions): Client {
  const api = options.api.replace(/\/+$/, '')
  const policy = { ...DEFAULT_RETRIES, ...options.retries }
  const timeoutMs = options.timeoutMs ?? 30_000
  let subject: Promise<string> | undefined

  async function send(method: string, url: string, given: AnyOptions): Promise<Response> {
    const timeout = AbortSignal.timeout(timeoutMs)
    const signal = given.signal ? AbortSignal.any([given.signal, timeout]) : timeout
    const token = typeof options.token === 'string' ? options.token : await until(signal, options.token())
    const headers: Record<string, string> = { authorization: `Bearer ${token}`, ...given.headers }
    if (given.body !== undefined) headers['content-type'] = 'application/json'
    return fetch(url, {
      method,
      headers,
      ...(given.body === undefined ? {} : { body: JSON.stringify(given.body) }),
      signal,
    })
  }

  async function requestWithHeaders(
    route: string,
    given: AnyOptions = {},
  ): Promise<{ body: unknown; headers: Headers }> {
    const [method = '', path = ''] = route.split(' ')
    const url = api + target(path, given)
    const isRepeatable = canRepeat(method, path, given.body)
    for (let retry = 0; ; retry += 1) {
      const isLast = retry >= policy.max
      let waitMs = 0
      try {
        const answer = await send(method, url, given)
        if (answer.ok) return { body: await bodyOf(answer), headers: answer.headers }
        const askedMs = askedWaitMs(answer.headers.get('retry-after'))
        if (isLast || askedMs === undefined || !isTemporary(answer.status, isRepeatable)) throw await errorOf(answer)
        waitMs = askedMs
        await answer.body?.cancel()
      } catch (error) {
        given.signal?.throwIfAborted()
        const isLate = isTimeout(error)
        if (!isLate && !(error instanceof TypeError)) throw error
        if (isLast || isLate || !isRepeatable)
          throw new NetworkError(`${method} ${url} had no answer.`, { cause: error })
      }
      await sleep(waitMs + jitterMs(policy, retry), given.signal)
    }
  }

  const client: Client = {
    api,
    request: (async (route: string, given?: AnyOptions) =>
      (await requestWithHeaders(route, given)).body) as Client['request'],
    requestWithHeaders: requestWithHeaders as Client['requestWithHeaders'],
    subject: () => {
      subject ??= client.request('GET /v1/me').then((me) => me.subject)
      subject.catch(() => {
        subject = undefined
      })
      return subject
    },
  }
  return client
}

/** Return path and query of a URL; every value is percent-encoded, so that none can change the path. */
function target(path: string, { path: places = {}, query = {} }: AnyOptions): string {
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(places[name])))
  const given = Object.entries(query).filter(([, value]) => value !== undefined)
  return given.length ? `${filled}?${new URLSearchParams(given.map(([name, value]) => [name, String(value)]))}` : filled
}

/** Tell whether a request may be sent again although it may have been carried out (RFC 9110, 9.2.2). */
function canRepeat(method: string, path: string, body: unknown): boolean {
  if (method !== 'POST' && method !== 'PATCH') return true
  if (method === 'POST' && path.endsWith('/uploads')) {
    const items = (body as { uploads?: { idempotency_key?: unknown }[] } | undefined)?.uploads ?? []
    return items.length > 0 && items.every((each) => each.idempotency_key)
  }
  return method === 'POST' && REPEATABLE_POSTS.test(path)
}

async function bodyOf(answer: Response): Promise<unknown> {
  const text = await answer.text()
  if (!text) return undefined
  return /json/.test(answer.headers.get('content-type') ?? '') ? JSON.parse(text) : text
}

/** `fetch` rejects with a TypeError when the connection fails, and with TimeoutError when the time is over. */
const isTimeout = (error: unknown): boolean => error instanceof DOMException && error.name === 'TimeoutError'
