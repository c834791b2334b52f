import type { Client, Signer } from '@foveal/client'
import { expect, it } from 'vitest'
import { readAddress } from '../../src/gallery/address'
import { searchReader } from '../../src/gallery/scroll/api'

it('the first page comes with the URLs of its thumbnails, in one call', async () => {
  const asked: string[] = []
  const kept: unknown[] = []
  const items = [
    { asset_id: 'a', downloads: { thumbnail: { url: 'https://cdn/a', expires_at: '2030-01-01T00:00:00.000Z' } } },
    { asset_id: 'b', downloads: { thumbnail: { problem: { code: 'RenditionNotReady', status: 409 } } } },
  ]
  const request = async (route: string) => {
    asked.push(route)
    return { items, next_token: 'more' }
  }
  const signer = { keep: (...each: unknown[]) => kept.push(each) }
  const reader = searchReader({ request } as unknown as Client, signer as unknown as Signer, 'zoo', readAddress({}))
  const page = await reader.first(80, new AbortController().signal)
  expect(page).toEqual({ items, nextToken: 'more' })
  expect(asked).toEqual(['POST /v1/projects/{project}/downloads/search'])
  expect(kept).toEqual([['a', 'thumbnail', { url: 'https://cdn/a', expiresAt: Date.UTC(2030, 0, 1) }]])
})
