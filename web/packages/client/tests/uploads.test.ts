import { beforeEach, describe, expect, it, vi } from 'vitest'
import {
  createClient,
  createUploads,
  memoryStore,
  type UploadItem,
  type Uploads,
  type UploadsOptions,
} from '../src/index.js'
import { Backend, sha256 } from './backend.js'
import type { Received } from './server.js'

let backend: Backend

beforeEach(async () => {
  backend = await Backend.start()
})

const fast = { max: 5, baseMs: 5, maxMs: 20 }

function queue(options: Partial<UploadsOptions> = {}): Uploads {
  const client = createClient({ api: backend.url, token: 'secret', retries: { max: 0 } })
  return createUploads(client, { project: 'zoo', multipartAboveBytes: 3000, retries: fast, ...options })
}

function bytes(size: number, seed = 1): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length: size }, (_, index) => (index * 31 + seed) % 251)
}

const file = (name: string, size: number, seed?: number): File =>
  new File([bytes(size, seed)], name, { type: 'image/png', lastModified: 1_700_000_000_000 })

async function uploaded(uploads: Uploads, ...files: File[]): Promise<readonly UploadItem[]> {
  await uploads.add(files)
  return uploads.settled()
}

const isPart = ({ method, path }: Received, part: number) => method === 'PUT' && path.includes(`/${part}?`)

/** Hold the requests that match until released, and then cut them. */
function hold(matches: (request: Received) => boolean) {
  let release = () => {}
  const released = new Promise<void>((resolve) => {
    release = resolve
  })
  let held = 0
  backend.fault = async (request) => {
    if (matches(request)) {
      held += 1
      await released
      return 'cut'
    }
    return undefined
  }
  return { release, isHeld: () => vi.waitFor(() => expect(held).toBeGreaterThan(0), 5_000) }
}

describe('createUploads', () => {
  it.each([1, 900, 3000, 3001, 9500])('brings a file of %i bytes to a ready asset, with its checksum', async (size) => {
    const [item] = await uploaded(queue(), file('a.png', size))
    expect(item).toMatchObject({ status: 'ready', sentBytes: size, assetId: 'asset-1', asset: { asset_id: 'asset-1' } })
    expect(sha256(backend.uploads[0]?.stored ?? bytes(0))).toBe(sha256(bytes(size)))
    expect(backend.uploads[0]?.checksum).toMatch(/^[\w+/]{11}=$/)
  })

  it('sends the checksum that S3 computes of the same bytes', async () => {
    await uploaded(queue(), new File(['123456789'], 'check.png'))
    expect(backend.uploads[0]?.checksum).toBe(Buffer.from('ae8b14860a799888', 'hex').toString('base64'))
  })

  it('sends a length with every PUT, which S3 demands', async () => {
    await uploaded(queue(), file('a.png', 900), file('b.png', 4000))
    const lengths = backend.calls('PUT /s3/').map(({ headers, body }) => [headers['content-length'], `${body.length}`])
    expect(lengths).toHaveLength(5)
    for (const [stated, real] of lengths) expect(stated).toBe(real)
    expect(backend.calls('PUT /s3/').filter((each) => each.headers['transfer-encoding'])).toEqual([])
  })

  it('begins files together, and waits for them by one search', async () => {
    backend.fault = async ({ path }) => {
      if (path.endsWith('/zoo/uploads')) await new Promise((resolve) => setTimeout(resolve, 150))
      return undefined
    }
    const items = await uploaded(
      queue(),
      ...Array.from({ length: 20 }, (_, number) => file(`${number}.png`, 100, number)),
    )
    expect(items.map((item) => item.status)).toEqual(Array(20).fill('ready'))
    expect(backend.calls('POST /v1/projects/zoo/uploads').length).toBeLessThan(8)
    expect(backend.calls('POST /v1/projects/zoo/assets/search').length).toBeLessThan(5)
    expect(new Set(backend.uploads.map((each) => each.assetId)).size).toBe(20)
  })

  it('has no more connections to S3 than it may', async () => {
    let open = 0
    let most = 0
    backend.fault = async ({ path }) => {
      if (!path.startsWith('/s3/')) return undefined
      open += 1
      most = Math.max(most, open)
      await new Promise((resolve) => setTimeout(resolve, 20))
      open -= 1
      return undefined
    }
    await uploaded(queue({ connections: 3 }), file('a.png', 9000), file('b.png', 500), file('c.png', 500))
    expect(most).toBe(3)
  })

  it.each([
    [2, 1],
    [6, 40],
  ])(
    'sends small files beside large ones that were added first: %i connections, %i large files',
    async (connections, count) => {
      const parts = hold(({ path }) => /^\/s3\/[^/]+\/\d/.test(path))
      const uploads = queue({ connections })
      const large = Array.from({ length: count }, (_, number) => file(`${number}.mp4`, 9000, number))
      const small = Array.from({ length: 40 }, (_, number) => file(`${number}.png`, 100, number))
      await uploads.add([...large, ...small])
      await parts.isHeld()
      const statuses = () => uploads.items().map(({ status }) => status)
      await vi.waitFor(() => expect(statuses().slice(count)).toEqual(Array(40).fill('ready')), 10_000)
      expect(statuses().slice(0, count)).not.toContain('ready')
      parts.release()
      backend.fault = () => undefined
      await uploads.settled()
      expect(statuses()).toEqual(Array(count + 40).fill('ready'))
    },
  )

  it('reports progress up to the whole size', async () => {
    const uploads = queue()
    const seen: number[] = []
    uploads.subscribe(() => seen.push(uploads.items()[0]?.sentBytes ?? 0))
    await uploaded(uploads, file('a.png', 9500))
    expect(seen.at(-1)).toBe(9500)
  })

  it('returns the same snapshot until something changes', async () => {
    const uploads = queue()
    await uploaded(uploads, file('a.png', 10))
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect(uploads.items()).toBe(uploads.items())
  })

  it('takes 412 for done', async () => {
    let isLost = false
    backend.fault = async (request, { uploads }) => {
      if (!request.path.startsWith('/s3/') || isLost || !uploads[0]) return undefined
      isLost = true
      uploads[0].stored = request.body
      uploads[0].status = 'ready'
      return 'cut'
    }
    const [item] = await uploaded(queue(), file('a.png', 500))
    expect(item?.status).toBe('ready')
    expect(backend.calls('PUT /s3/')).toHaveLength(2)
  })

  it('begins again once with the same key after a 403', async () => {
    let refusals = 1
    backend.fault = ({ path }) => {
      if (!path.startsWith('/s3/') || refusals === 0) return undefined
      refusals -= 1
      return { status: 403, text: '<Error><Code>AccessDenied</Code></Error>' }
    }
    const uploads = queue()
    expect((await uploaded(uploads, file('a.png', 500)))[0]?.status).toBe('ready')
    expect(backend.calls('POST /v1/projects/zoo/uploads')).toHaveLength(2)
    expect(backend.uploads).toHaveLength(1)
    refusals = 99
    const [, item] = await uploaded(uploads, file('b.png', 500))
    expect(item).toMatchObject({ status: 'failed', error: { code: 'AccessDenied' } })
    expect(backend.calls('POST /v1/projects/zoo/uploads')).toHaveLength(4)
  })

  it('signs parts anew once when their URLs have expired', async () => {
    backend.fault = ({ path }) =>
      path.endsWith('ticket=1') && /\/[3-9]\?/.test(path)
        ? { status: 403, text: '<Code>AccessDenied</Code>' }
        : undefined
    const [item] = await uploaded(queue({ connections: 1 }), file('a.png', 3500))
    expect(item?.status).toBe('ready')
    const signed = backend.calls('POST /v1/uploads/').filter((each) => each.path.endsWith('/parts'))
    expect(signed.length).toBeLessThanOrEqual(2)
    expect(backend.received.filter((each) => isPart(each, 3))).toHaveLength(2)
    expect(backend.received.filter((each) => isPart(each, 4))).toHaveLength(1)
  })

  it.each([
    ['a cut connection', 'cut' as const],
    ['a 503', { status: 503, text: '<Code>SlowDown</Code>' }],
    ['a 500 with a page', { status: 500, text: '<html>' }],
    ['a 400 RequestTimeout', { status: 400, text: '<Code>RequestTimeout</Code>' }],
  ])('sends a part again after %s', async (_, reply) => {
    let faults = 2
    backend.fault = (request) => {
      if (!isPart(request, 2) || faults === 0) return undefined
      faults -= 1
      return reply
    }
    const [item] = await uploaded(queue(), file('a.png', 9500))
    expect(item?.status).toBe('ready')
    expect(backend.received.filter((each) => isPart(each, 2))).toHaveLength(3)
    expect(backend.received.filter((each) => isPart(each, 1))).toHaveLength(1)
  })

  it('sends again what does not move', async () => {
    let stalls = 1
    backend.fault = (request) => {
      if (!isPart(request, 1) || stalls === 0) return undefined
      stalls -= 1
      return new Promise(() => {})
    }
    const [item] = await uploaded(queue({ stallMs: 200 }), file('a.png', 4000))
    expect(item?.status).toBe('ready')
  })

  it('sends the parts that are missing at completion', async () => {
    let isLost = false
    backend.fault = ({ path }, { uploads }) => {
      if (path.endsWith('/complete') && !isLost) {
        isLost = true
        uploads[0]?.parts.delete(2)
      }
      return undefined
    }
    const [item] = await uploaded(queue(), file('a.png', 3500))
    expect(item?.status).toBe('ready')
    expect(backend.received.filter((each) => isPart(each, 2))).toHaveLength(2)
    expect(backend.received.filter((each) => isPart(each, 1))).toHaveLength(1)
  })

  it('sends only the missing parts when it is resumed', async () => {
    const { release, isHeld } = hold((request) => isPart(request, 2))
    const uploads = queue({ connections: 3 })
    const [added] = await uploads.add([file('a.png', 4000)])
    await isHeld()
    await vi.waitFor(() => expect(backend.uploads[0]?.parts.size).toBe(3), 5_000)
    uploads.pause()
    expect(await uploads.settled()).toMatchObject([{ status: 'paused' }])
    backend.fault = () => undefined
    const before = backend.received.length
    uploads.resume(added?.key)
    await uploads.ready(added?.key ?? '')
    release()
    const sent = backend.received.slice(before).filter((each) => each.method === 'PUT')
    expect(sent.map((each) => /\/(\d+)\?/.exec(each.path)?.[1])).toEqual(['2'])
    expect(sha256(backend.uploads[0]?.stored ?? bytes(0))).toBe(sha256(bytes(4000)))
  })

  it('fails with the reason of the asset, and is another upload when it is resumed', async () => {
    backend.judge = () => 'not_media'
    const uploads = queue()
    const [item] = await uploaded(uploads, file('a.png', 500))
    expect(item).toMatchObject({ status: 'failed', error: { code: 'not_media' }, asset: { status: 'failed' } })
    await expect(uploads.ready(item?.key ?? '')).rejects.toMatchObject({ code: 'not_media' })
    backend.judge = () => undefined
    uploads.resume()
    expect(await uploads.settled()).toMatchObject([{ status: 'ready', assetId: 'asset-2' }])
  })

  it('fails with the code of a begin that is refused', async () => {
    const [item, other] = await uploaded(queue(), new File(['x'], 'a.html', { type: 'text/html' }), file('b.png', 10))
    expect(item).toMatchObject({ status: 'failed', error: { code: 'UnsupportedMediaType', status: 415 } })
    expect(other?.status).toBe('ready')
  })

  it('fails when the network stays away, and goes on with the same key when it is resumed', async () => {
    backend.fault = ({ path }) => (path.startsWith('/s3/') ? 'cut' : undefined)
    const uploads = queue({ retries: { ...fast, max: 2 } })
    expect(await uploaded(uploads, file('a.png', 500))).toMatchObject([
      { status: 'failed', error: { name: 'NetworkError' } },
    ])
    backend.fault = () => undefined
    uploads.resume()
    expect(await uploads.settled()).toMatchObject([{ status: 'ready', assetId: 'asset-1' }])
    expect(backend.uploads).toHaveLength(1)
  })

  it('fails when S3 finds other bytes than were declared', async () => {
    backend.fault = ({ path }) =>
      path.startsWith('/s3/') ? { status: 400, text: '<Code>BadDigest</Code>' } : undefined
    const [item] = await uploaded(queue(), file('a.png', 500))
    expect(item).toMatchObject({ status: 'failed', error: { code: 'file_changed' } })
  })

  it('asks for its caller again after a token was refused', async () => {
    let isRefused = true
    backend.fault = ({ path }) =>
      path === '/v1/me' && isRefused ? { status: 401, json: { message: 'No.' } } : undefined
    const uploads = queue()
    await expect(uploads.add([file('a.png', 10)])).rejects.toMatchObject({ code: 'HTTP401', detail: 'No.' })
    isRefused = false
    expect(await uploaded(uploads, file('a.png', 10))).toMatchObject([{ status: 'ready' }])
  })

  it('does not upload a file twice at once', async () => {
    const uploads = queue()
    const same = file('a.png', 500)
    await Promise.all([uploads.add([same]), uploads.add([file('a.png', 500)])])
    expect(await uploads.settled()).toHaveLength(1)
    expect(backend.uploads).toHaveLength(1)
  })

  it('uploads a file again after it was ready', async () => {
    const uploads = queue()
    await uploaded(uploads, file('a.png', 500))
    await uploaded(uploads, file('a.png', 500))
    expect(backend.uploads).toHaveLength(2)
  })

  it('gives up an upload that is cancelled', async () => {
    const { release, isHeld } = hold((request) => isPart(request, 2))
    const store = memoryStore()
    const uploads = queue({ store })
    const [added] = await uploads.add([file('a.png', 4000)])
    await isHeld()
    await uploads.cancel(added?.key ?? '')
    release()
    expect(uploads.items()).toEqual([])
    expect(backend.uploads[0]?.status).toBe('deleted')
    expect(backend.calls('DELETE /v1/uploads/')).toHaveLength(1)
  })
})

describe('createUploads after a reload', () => {
  /** Begin an upload of four parts, lose the page when three are there; return the store. */
  async function interrupted(options: { keepsFiles?: boolean } = {}) {
    const store = memoryStore()
    if (options.keepsFiles === false)
      store.putFile = async () => Promise.reject(new DOMException('', 'QuotaExceededError'))
    const { isHeld, release } = hold((request) => isPart(request, 2))
    const uploads = queue({ store })
    await uploads.add([file('a.png', 4000)])
    await isHeld()
    await vi.waitFor(() => expect(backend.uploads[0]?.parts.size).toBe(3), 5_000)
    uploads.close()
    backend.fault = () => undefined
    release()
    backend.uploads[0]?.parts.delete(2)
    backend.received.length = 0
    return store
  }

  it('goes on by itself with the missing part', async () => {
    const uploads = queue({ store: await interrupted() })
    expect(await uploads.settled()).toMatchObject([{ status: 'ready', fileName: 'a.png', assetId: 'asset-1' }])
    expect(backend.calls('PUT /s3/').map((each) => /\/(\d+)\?/.exec(each.path)?.[1])).toEqual(['2'])
    expect(sha256(backend.uploads[0]?.stored ?? bytes(0))).toBe(sha256(bytes(4000)))
  })

  it('asks for the file where there was no room for it, and goes on when it is added again', async () => {
    const uploads = queue({ store: await interrupted({ keepsFiles: false }) })
    expect(await uploads.settled()).toMatchObject([{ status: 'file_needed', survivesReload: false }])
    await uploaded(uploads, file('a.png', 4000))
    expect(uploads.items()).toMatchObject([{ status: 'ready', assetId: 'asset-1' }])
    expect(backend.uploads).toHaveLength(1)
    expect(backend.calls('PUT /s3/')).toHaveLength(1)
  })

  it('does not go on with another file of the same name', async () => {
    const uploads = queue({ store: await interrupted({ keepsFiles: false }) })
    await uploaded(uploads, file('a.png', 4001))
    expect(uploads.items()).toMatchObject([{ status: 'file_needed' }, { status: 'ready', assetId: 'asset-2' }])
  })

  it('keeps the order in which files were added', async () => {
    const store = memoryStore()
    const { isHeld, release } = hold(({ path }) => path.startsWith('/s3/'))
    const uploads = queue({ store })
    const names = Array.from({ length: 12 }, (_, number) => `${number}.png`)
    await uploads.add(names.map((name, number) => file(name, 100, number)))
    await isHeld()
    uploads.close()
    release()
    backend.fault = () => undefined
    const stored = await store.all(JSON.stringify([backend.url, 'zoo', 'ada']))
    expect(stored.sort((a, b) => a.addedAt - b.addedAt).map((each) => each.fileName)).toEqual(names)
    expect(new Set(stored.map((each) => each.addedAt)).size).toBe(12)
  })

  it('leaves the uploads of another caller alone', async () => {
    const store = await interrupted()
    backend.subject = 'grace'
    const others = queue({ store })
    expect(await others.settled()).toEqual([])
    others.close()
    backend.subject = 'ada'
    expect(await queue({ store }).settled()).toHaveLength(1)
  })

  it('forgets uploads that are seven days old', async () => {
    const store = await interrupted()
    vi.useFakeTimers({ now: Date.now() + 7 * 24 * 3_600_000 + 1000, toFake: ['Date'] })
    expect(await queue({ store }).settled()).toEqual([])
    vi.useRealTimers()
    expect(await queue({ store }).settled()).toEqual([])
  })

  it('forgets every upload at sign-out', async () => {
    const store = await interrupted()
    const uploads = queue({ store })
    await uploads.forget()
    expect(await queue({ store }).settled()).toEqual([])
  })

  it('keeps nothing of an upload that is ready', async () => {
    const store = await interrupted()
    await queue({ store }).settled()
    expect(await queue({ store }).settled()).toEqual([])
  })
})
