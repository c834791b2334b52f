import { afterEach, describe, expect, test, vi } from 'vitest'
import { clientOf } from '../../src/app/client'
import type { Config } from '../../src/app/config'
import type { Session } from '../../src/session/session'

const answers = (...each: Response[]) =>
  vi.stubGlobal(
    'fetch',
    vi.fn(async () => each.shift() ?? Response.error()),
  )
const session = { token: async () => 'token', renew: vi.fn(async () => {}) }
const client = clientOf({ api: 'https://api.test' } as Config, session as unknown as Session)
const refused = () => Response.json({ code: 'Unauthorized' }, { status: 401 })
const asset = { path: { asset_id: 'a' } }

afterEach(() => {
  vi.unstubAllGlobals()
  session.renew.mockClear()
})

describe('client of a session', () => {
  test('renews a refused token once, with and without headers of the answer', async () => {
    answers(refused(), Response.json({ asset_id: 'a' }), refused(), Response.json({}, { headers: { etag: '"1"' } }))
    expect(await client.request('GET /v1/assets/{asset_id}', asset)).toEqual({ asset_id: 'a' })
    const { headers } = await client.requestWithHeaders('GET /v1/assets/{asset_id}', asset)
    expect(headers.get('etag')).toBe('"1"')
    expect(session.renew).toHaveBeenCalledTimes(2)
  })

  test('gives up when the renewed token is refused as well', async () => {
    answers(refused(), refused())
    await expect(client.requestWithHeaders('GET /v1/assets/{asset_id}', asset)).rejects.toMatchObject({ status: 401 })
    expect(session.renew).toHaveBeenCalledTimes(1)
  })
})
