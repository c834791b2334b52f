import { describe, expect, it } from 'vitest'
import { ApiError, createClient, NetworkError } from '../src/index.js'
import { inTurn, problem, type Reply, serve } from './server.js'

const asset = { asset_id: 'a', project: 'zoo', status: 'ready', created_at: '', updated_at: '' }
const fast = { baseMs: 1, maxMs: 2 }

async function clientOf(...replies: Reply[]) {
  const server = await serve(inTurn(...replies))
  return { server, client: createClient({ api: `${server.url}/`, token: async () => 'secret', retries: fast }) }
}

describe('request', () => {
  it('sends token, path and query, and returns the JSON', async () => {
    const { client, server } = await clientOf({ json: { items: [], next_token: null } })
    const found = await client.request('GET /v1/projects/{project}/assets', {
      path: { project: 'a/b' },
      query: { limit: 5 },
    })
    expect(found.items).toEqual([])
    expect(server.received[0]?.path).toBe('/v1/projects/a%2Fb/assets?limit=5')
    expect(server.received[0]?.headers.authorization).toBe('Bearer secret')
  })

  it('returns undefined where an answer has no body', async () => {
    const { client } = await clientOf({ status: 204 })
    expect(await client.request('DELETE /v1/uploads/{upload_id}', { path: { upload_id: 'u' } })).toBeUndefined()
  })

  it('gives the headers beside the body where they are asked for', async () => {
    const { client } = await clientOf({ json: asset, headers: { etag: '"7"', 'access-control-expose-headers': '*' } })
    const found = await client.requestWithHeaders('GET /v1/assets/{asset_id}', { path: { asset_id: 'a' } })
    expect(found.body).toEqual(asset)
    expect(found.headers.get('etag')).toBe('"7"')
  })

  it('rejects a problem with code, status and request id', async () => {
    const { client, server } = await clientOf(problem(404, 'NoSuchAsset', { request_id: 'r-1' }))
    const error = await client.request('GET /v1/assets/{asset_id}', { path: { asset_id: 'a' } }).catch((e) => e)
    expect(error).toBeInstanceOf(ApiError)
    expect(error).toMatchObject({ code: 'NoSuchAsset', status: 404, requestId: 'r-1', detail: 'NoSuchAsset it is.' })
    expect(server.received).toHaveLength(1)
  })

  it.each([429, 500, 502, 503, 504])('repeats a GET after %i', async (status) => {
    const { client, server } = await clientOf({ status, text: '<html>' }, { json: asset })
    expect(await client.request('GET /v1/assets/{asset_id}', { path: { asset_id: 'a' } })).toEqual(asset)
    expect(server.received).toHaveLength(2)
  })

  it('repeats a GET whose connection is cut', async () => {
    const { client, server } = await clientOf('cut', 'cut', { json: asset })
    expect(await client.request('GET /v1/assets/{asset_id}', { path: { asset_id: 'a' } })).toEqual(asset)
    expect(server.received.length).toBeGreaterThanOrEqual(3)
  })

  it('rejects with the page of a proxy when the retries are over', async () => {
    const { client, server } = await clientOf({ status: 502, text: '<h1>Bad gateway</h1>' })
    const call = client.request('GET /v1/assets/{asset_id}', { path: { asset_id: 'a' } })
    await expect(call).rejects.toMatchObject({ code: 'HTTP502', detail: '<h1>Bad gateway</h1>' })
    expect(server.received).toHaveLength(5)
  })

  it('rejects with NetworkError when nothing ever answers', async () => {
    const { client } = await clientOf('cut')
    await expect(client.request('GET /v1/me')).rejects.toBeInstanceOf(NetworkError)
  })

  it('does not repeat a try that had no answer in time: a server that hangs is asked once', async () => {
    const server = await serve(() => new Promise(() => {}))
    const client = createClient({ api: server.url, token: 'secret', retries: fast, timeoutMs: 50 })
    await expect(client.request('GET /v1/me')).rejects.toBeInstanceOf(NetworkError)
    expect(server.received).toHaveLength(1)
  })

  it('gives up when an answer begins and does not end', async () => {
    const server = await serve(() => 'begun')
    const client = createClient({ api: server.url, token: 'secret', retries: fast, timeoutMs: 50 })
    await expect(client.request('GET /v1/me')).rejects.toBeInstanceOf(NetworkError)
  })

  it('gives up when no token comes', async () => {
    const token = () => new Promise<string>(() => {})
    const client = createClient({ api: 'http://127.0.0.1:9', token, timeoutMs: 50 })
    await expect(client.request('GET /v1/me')).rejects.toBeInstanceOf(NetworkError)
  })

  it('does not repeat a POST that may have been carried out', async () => {
    const { client, server } = await clientOf({ status: 500, text: '' }, { json: asset })
    const call = client.request('POST /v1/projects/{project}/assets/edit', {
      path: { project: 'zoo' },
      body: {} as never,
    })
    await expect(call).rejects.toMatchObject({ status: 500 })
    expect(server.received).toHaveLength(1)
  })

  it('repeats a begin only when every item has its key', async () => {
    const item = { file_name: 'a.jpg', content_type: 'image/jpeg', size_bytes: 1 }
    for (const [items, calls] of [
      [[{ ...item, idempotency_key: 'k' }], 2],
      [[item], 1],
    ] as const) {
      const { client, server } = await clientOf({ status: 500, text: '' }, { status: 201, json: { uploads: [] } })
      const body = { uploads: [...items] }
      await client.request('POST /v1/projects/{project}/uploads', { path: { project: 'zoo' }, body }).catch(() => {})
      expect(server.received).toHaveLength(calls)
    }
  })

  it('waits as long as Retry-After says', async () => {
    const { client } = await clientOf({ status: 503, headers: { 'retry-after': '1' }, text: '' }, { json: asset })
    const startedAt = performance.now()
    await client.request('GET /v1/assets/{asset_id}', { path: { asset_id: 'a' } })
    expect(performance.now() - startedAt).toBeGreaterThan(990)
  })

  it('leaves a wait of more than two minutes to the caller', async () => {
    const { client } = await clientOf({ status: 503, headers: { 'retry-after': '121' }, text: '' })
    await expect(client.request('GET /v1/me')).rejects.toMatchObject({ status: 503 })
  })

  it('rejects with the reason when the signal is aborted between tries', async () => {
    const server = await serve(inTurn({ status: 503, headers: { 'retry-after': '60' }, text: '' }))
    const client = createClient({ api: server.url, token: 'secret' })
    const controller = new AbortController()
    const call = client.request('GET /v1/me', { signal: controller.signal })
    setTimeout(() => controller.abort(new Error('enough')), 50)
    await expect(call).rejects.toThrow('enough')
  })

  it('asks for the subject once', async () => {
    const { client, server } = await clientOf({ json: { subject: 'ada', projects: [] } })
    expect(await Promise.all([client.subject(), client.subject()])).toEqual(['ada', 'ada'])
    expect(server.received).toHaveLength(1)
  })
})
