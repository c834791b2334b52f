// @vitest-environment happy-dom
import { afterEach, expect, it, vi } from 'vitest'
import type { Config } from '../../src/app/config'
import { createFlow } from '../../src/session/flow'

const issuer = 'https://login.example.com/'
const found = { issuer, authorization_endpoint: `${issuer}authorize`, token_endpoint: `${issuer}token` }
const sign_in = { issuer, discovery_url: `${issuer}d`, client_id: 'console', scopes: ['openid'] }

afterEach(() => vi.unstubAllGlobals())

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
