import { afterEach, describe, expect, it, vi } from 'vitest'
import { createClient, createSigner, type SignedState } from '../src/index.js'
import { problem, type Received, type Reply, serve } from './server.js'

afterEach(() => void vi.useRealTimers())

let signatures = 0
const signedBy =
  (lifeMs: number) =>
  ({ body }: Received): Reply => {
    const { asset_ids: ids, variant } = JSON.parse(body.toString()) as { asset_ids: string[]; variant: string }
    const expires_at = new Date(Date.now() + lifeMs).toISOString()
    signatures += 1
    return {
      json: {
        downloads: ids.map((asset_id) => ({ asset_id, url: `${asset_id}/${variant}?${signatures}`, expires_at })),
      },
    }
  }

async function signerOf(reply: (request: Received) => Reply | Promise<Reply>) {
  const server = await serve(reply)
  const client = createClient({ api: server.url, token: 'secret', retries: { max: 0 } })
  return { server, signer: createSigner(client, { project: 'zoo' }) }
}

const HOUR = 3_600_000

describe('createSigner', () => {
  it('does not ask for a URL that it was given, until it expires', async () => {
    const { server, signer } = await signerOf(signedBy(HOUR))
    signer.keep('a', 'thumbnail', { url: 'given', expiresAt: Date.now() + HOUR })
    signer.keep('b', 'thumbnail', { url: 'over', expiresAt: Date.now() - 1 })
    expect((await signer.sign('a', 'thumbnail')).url).toBe('given')
    expect(server.received).toHaveLength(0)
    expect((await signer.sign('b', 'thumbnail')).url).toContain('b/thumbnail')
    expect(server.received).toHaveLength(1)
  })

  it('joins the asks of one tick, at most 1,000 in a call', async () => {
    const { server, signer } = await signerOf(signedBy(HOUR))
    const ids = Array.from({ length: 1500 }, (_, number) => `a${number}`)
    const found = await Promise.all(ids.map((id) => signer.sign(id, 'thumbnail')))
    expect(found.map((each) => each.url.split('/')[0])).toEqual(ids)
    expect(server.received.map((_, index) => (server.json(index) as { asset_ids: string[] }).asset_ids.length)).toEqual(
      [1000, 500],
    )
  })

  it('has one call in flight, and joins what comes meanwhile', async () => {
    let inFlight = 0
    let most = 0
    const { server, signer } = await signerOf(async (request) => {
      inFlight += 1
      most = Math.max(most, inFlight)
      await new Promise((resolve) => setTimeout(resolve, 60))
      inFlight -= 1
      return signedBy(HOUR)(request)
    })
    const first = signer.sign('a', 'thumbnail')
    await new Promise((resolve) => setTimeout(resolve, 20))
    await Promise.all([
      first,
      signer.sign('b', 'thumbnail'),
      signer.sign('c', 'thumbnail'),
      signer.sign('a', 'thumbnail'),
    ])
    expect(most).toBe(1)
    expect(server.received.map((_, index) => (server.json(index) as { asset_ids: string[] }).asset_ids)).toEqual([
      ['a'],
      ['b', 'c'],
    ])
  })

  it('keeps a URL by asset and variant', async () => {
    const { server, signer } = await signerOf(signedBy(HOUR))
    const first = await signer.sign('a', 'thumbnail')
    expect(await signer.sign('a', 'thumbnail')).toBe(first)
    expect(signer.peek('a', 'thumbnail')).toBe(first)
    expect(signer.peek('a', 'preview')).toBeUndefined()
    await signer.sign('a', 'preview')
    expect(server.received).toHaveLength(2)
  })

  it.each([
    [HOUR, HOUR * 0.9 - 1000, HOUR * 0.9 + 1000], // a tenth before the end
    [200_000, 139_000, 141_000], // 60 seconds before the end
    [20_000, 9_000, 11_000], // half of a short validity
  ])('asks again before a URL of %i ms expires', async (lifeMs, goodMs, staleMs) => {
    const { signer } = await signerOf(signedBy(lifeMs))
    const { url } = await signer.sign('a', 'thumbnail')
    const now = Date.now()
    vi.useFakeTimers({ now: now + goodMs, toFake: ['Date'] })
    expect(signer.peek('a', 'thumbnail')?.url).toBe(url)
    vi.setSystemTime(now + staleMs)
    expect(signer.peek('a', 'thumbnail')).toBeUndefined()
    expect((await signer.sign('a', 'thumbnail')).url).not.toBe(url)
  })

  it('rejects the asset that has a problem, and no other', async () => {
    const { signer } = await signerOf((request) => {
      const reply = signedBy(HOUR)(request) as { json: { downloads: unknown[] } }
      reply.json.downloads[0] = { asset_id: 'a', problem: { status: 404, code: 'NoSuchAsset', detail: 'It is gone.' } }
      return reply
    })
    const [a, b] = await Promise.allSettled([signer.sign('a', 'thumbnail'), signer.sign('b', 'thumbnail')])
    expect(a).toMatchObject({ status: 'rejected', reason: { code: 'NoSuchAsset' } })
    expect(b).toMatchObject({ status: 'fulfilled' })
  })

  it('rejects all asks of a call that fails, and asks anew later', async () => {
    let isDown = true
    const { signer } = await signerOf((request) => (isDown ? problem(403, 'AccessDenied') : signedBy(HOUR)(request)))
    await expect(signer.sign('a', 'thumbnail')).rejects.toMatchObject({ code: 'AccessDenied' })
    isDown = false
    expect((await signer.sign('a', 'thumbnail')).url).toContain('a/thumbnail')
  })

  it('renews a URL that failed once for all who name it', async () => {
    const { server, signer } = await signerOf(signedBy(HOUR))
    const { url } = await signer.sign('a', 'thumbnail')
    const [one, two] = await Promise.all([signer.renew('a', 'thumbnail', url), signer.renew('a', 'thumbnail', url)])
    expect(one).toBe(two)
    expect(one.url).not.toBe(url)
    expect(await signer.renew('a', 'thumbnail', url)).toBe(one)
    expect(server.received).toHaveLength(2)
  })

  it('tells a watcher each URL until it stops', async () => {
    const { server, signer } = await signerOf(signedBy(200))
    const seen: SignedState[] = []
    const stop = signer.watch('a', 'thumbnail', (state) => seen.push(state))
    await vi.waitFor(() => expect(seen.length).toBeGreaterThanOrEqual(3), 5_000)
    stop()
    const calls = server.received.length
    await new Promise((resolve) => setTimeout(resolve, 400))
    expect(server.received.length - calls).toBeLessThanOrEqual(1)
    expect(new Set(seen.map((state) => state.signed?.url)).size).toBe(seen.length)
  })

  it('tells a watcher when a rendition has been made', async () => {
    let isMade = false
    const { signer } = await signerOf((request) => {
      if (isMade) return signedBy(HOUR)(request)
      isMade = true
      const notReady = { status: 409, code: 'RenditionNotReady', detail: 'Soon.', retry_after_seconds: 0.05 }
      return { json: { downloads: [{ asset_id: 'a', problem: notReady }] } }
    })
    const seen: SignedState[] = []
    const stop = signer.watch('a', 'thumbnail', (state) => seen.push(state))
    await vi.waitFor(() => expect(seen.at(-1)?.signed).toBeDefined(), 5_000)
    stop()
    expect(seen[0]?.error).toMatchObject({ code: 'RenditionNotReady' })
  })
})
