// @vitest-environment happy-dom
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { Config } from '../../src/app/config'
import { createFlow, isPassing } from '../../src/session/flow'

const issuer = 'https://login.example.com/'
const found = { issuer, authorization_endpoint: `${issuer}authorize`, token_endpoint: `${issuer}token` }
const sign_in = { issuer, discovery_url: `${issuer}d`, client_id: 'console', scopes: ['openid'] }

afterEach(() => {
  vi.unstubAllGlobals()
  vi.restoreAllMocks()
})

/** Return the parameters with which the console asks the issuer for a code. */
async function asked(settings: Config['sign_in']): Promise<URLSearchParams> {
  vi.stubGlobal('fetch', async () => Response.json(found))
  return new Promise((resolve) => {
    vi.stubGlobal('location', { origin: 'https://cdn.example.com', assign: (url: URL) => resolve(url.searchParams) })
    void createFlow({ api: '', stage: 'dev', sign_in: settings }).begin('/p/zoo')
  })
}

it('names the audience of the API where the settings have one', async () => {
  const parameters = await asked({ ...sign_in, audience: 'https://api.example.com' })
  expect(parameters.get('audience')).toBe('https://api.example.com')
  expect(parameters.get('code_challenge_method')).toBe('S256')
  expect((await asked(sign_in)).has('audience')).toBe(false)
})

describe('an answer of the issuer to a refresh token', () => {
  /** Return the error that a renewal ends with when the token endpoint gives this answer. */
  async function refused(answer: Response): Promise<unknown> {
    vi.stubGlobal('fetch', async (url: string | URL) =>
      String(url) === sign_in.discovery_url ? Response.json(found) : answer,
    )
    return createFlow({ api: '', stage: 'dev', sign_in })
      .refresh('token')
      .catch((error: unknown) => error)
  }

  it.each([400, 401])('is a refusal when its status is %i', async (status) => {
    expect(isPassing(await refused(Response.json({ error: 'invalid_grant' }, { status })))).toBe(false)
  })

  it.each([429, 500, 503])('may be another one later when its status is %i', async (status) => {
    expect(isPassing(await refused(new Response('busy', { status })))).toBe(true)
    expect(isPassing(await refused(Response.json({ error: 'busy' }, { status })))).toBe(true)
  })

  it('may be another one later when none came in time', async () => {
    expect(isPassing(AbortSignal.abort(new DOMException('', 'TimeoutError')).reason)).toBe(true)
    expect(isPassing(new TypeError('Failed to fetch'))).toBe(true)
  })
})

it('gives each request to the issuer a time limit', async () => {
  const signals: unknown[] = []
  vi.stubGlobal('fetch', async (url: string | URL, { signal }: RequestInit) => {
    signals.push(signal)
    return Response.json(String(url) === sign_in.discovery_url ? found : {})
  })
  const limit = new AbortController().signal
  vi.spyOn(AbortSignal, 'timeout').mockReturnValue(limit)
  await createFlow({ api: '', stage: 'dev', sign_in })
    .refresh('token')
    .catch(() => {})
  expect(signals).toEqual([limit, limit])
})
