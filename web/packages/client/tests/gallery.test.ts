import { expect, it } from 'vitest'
import { createClient, gallery, galleryPages } from '../src/index.js'
import { type Received, type Reply, serve } from './server.js'

const expires_at = new Date(Date.now() + 3_600_000).toISOString()

/** An API with some assets, of which each fourth has no rendition yet. */
async function apiWith(count: number) {
  const server = await serve(({ path, body }: Received): Reply => {
    const asked = JSON.parse(body.toString()) as { limit: number; next_token?: string; asset_ids: string[] }
    if (path.endsWith('/downloads')) {
      const problem = { status: 409, code: 'RenditionNotReady', detail: 'Soon.' }
      return {
        json: {
          downloads: asked.asset_ids.map((asset_id) =>
            Number(asset_id) % 4 === 3 ? { asset_id, problem } : { asset_id, url: `u${asset_id}`, expires_at },
          ),
        },
      }
    }
    const from = Number(asked.next_token ?? 0)
    const to = Math.min(count, from + asked.limit)
    const items = Array.from({ length: to - from }, (_, index) => ({ asset_id: `${from + index}` }))
    return { json: { items, next_token: to < count ? `${to}` : null } }
  })
  return { server, client: createClient({ api: server.url, token: 'secret' }) }
}

it('yields every asset once with its URL, and signs a page at a time', async () => {
  const { server, client } = await apiWith(10)
  const ids: string[] = []
  for await (const { asset, signed, problem } of gallery(client, { project: 'zoo', pageSize: 4 })) {
    ids.push(asset.asset_id)
    expect(signed?.url ?? problem?.code).toBe(
      Number(asset.asset_id) % 4 === 3 ? 'RenditionNotReady' : `u${asset.asset_id}`,
    )
  }
  expect(ids).toEqual(['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'])
  expect(server.received.filter((each) => each.path.endsWith('/downloads'))).toHaveLength(3)
})

it('asks for two calls of URLs when it shows 1,000 assets', async () => {
  const { server, client } = await apiWith(1000)
  for await (const page of galleryPages(client, { project: 'zoo', pageSize: 500 })) expect(page.items).toHaveLength(500)
  expect(server.received.filter((each) => each.path.endsWith('/downloads'))).toHaveLength(2)
})

it('sends the filter, and no more than was given', async () => {
  const { server, client } = await apiWith(1)
  const filter = { field: 'tags', eq: 'night' }
  for await (const _ of gallery(client, { project: 'zoo', filter, variant: null })) expect(_.signed).toBeUndefined()
  expect(server.received).toHaveLength(1)
  expect(server.json(0)).toEqual({ limit: 100, filter })
})

it('ends with the reason when its signal is aborted', async () => {
  const { client } = await apiWith(10)
  const controller = new AbortController()
  const seen: string[] = []
  const run = async () => {
    for await (const { asset } of gallery(client, { project: 'zoo', pageSize: 4, signal: controller.signal })) {
      seen.push(asset.asset_id)
      controller.abort(new Error('enough'))
    }
  }
  await expect(run()).rejects.toThrow('enough')
  expect(seen).toEqual(['0', '1', '2', '3'])
})
