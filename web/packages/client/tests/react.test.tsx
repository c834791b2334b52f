// @vitest-environment happy-dom
import { type ReactNode, StrictMode, version } from 'react'
import { createRoot, type Root } from 'react-dom/client'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createClient, memoryStore } from '../src/index.js'
import { FovealImage, FovealProvider, useGallery, useUpload } from '../src/react/index.js'
import { Backend } from './backend.js'
import { type Received, type Reply, serve } from './server.js'

let root: Root
let host: HTMLElement

beforeEach(() => {
  host = document.body.appendChild(document.createElement('div'))
  root = createRoot(host)
})

afterEach(async () => {
  root.unmount()
  await settle()
  host.remove()
})

/** Let React render and the effects run. */
const settle = () => new Promise((resolve) => setTimeout(resolve, 20))

const until = (look: () => void) => vi.waitFor(look, 10_000)

const lion = { asset_id: 'lion', width: 4000, height: 3000 }
const expires_at = new Date(Date.now() + 3_600_000).toISOString()

/** An API that signs, each time with another URL, and lists 3 assets in pages of 2. */
async function api(fault: (request: Received) => Reply | undefined | Promise<Reply | undefined> = () => undefined) {
  let serial = 0
  const server = await serve(async (request) => {
    const reply = await fault(request)
    if (reply) return reply
    const asked = JSON.parse(request.body.toString()) as { asset_ids: string[]; variant: string; next_token?: string }
    if (request.path.endsWith('/downloads')) {
      serial += 1
      const url = (id: string) => `https://cdn.test/${id}/${asked.variant}?${serial}`
      return { json: { downloads: asked.asset_ids.map((asset_id) => ({ asset_id, url: url(asset_id), expires_at })) } }
    }
    const from = Number(asked.next_token ?? 0)
    const items = [0, 1, 2].slice(from, from + 2).map((number) => ({ ...lion, asset_id: `a${number}` }))
    return { json: { items, next_token: from === 0 ? '2' : null } }
  })
  return { server, client: createClient({ api: server.url, token: 'secret', retries: { max: 0 } }) }
}

type Props = { client: ReturnType<typeof createClient>; children: ReactNode }
const Provider = ({ client, children }: Props) => (
  <FovealProvider client={client} project="zoo" uploads={{ store: memoryStore() }}>
    {children}
  </FovealProvider>
)
async function render(client: Props['client'], children: ReactNode): Promise<void> {
  root.render(
    <StrictMode>
      <Provider client={client}>{children}</Provider>
    </StrictMode>,
  )
  await settle()
}
const picture = () => host.querySelector('img') as HTMLImageElement
async function fire(type: string): Promise<void> {
  picture().dispatchEvent(new Event(type))
  await settle()
}

function Gallery() {
  const { assets, hasMore, isLoading, error, loadMore, reload } = useGallery(undefined, { pageSize: 2 })
  return (
    <>
      <output>
        {`${assets.map((asset) => asset.asset_id)} ${hasMore} ${isLoading} ${error ? 'error' : ''}`.trim()}
      </output>
      <button type="button" onClick={loadMore} />
      <button type="button" onClick={reload} />
      {assets.map((asset) => (
        <FovealImage key={asset.asset_id} asset={asset} alt="" />
      ))}
    </>
  )
}

let add: ReturnType<typeof useUpload>['add']
function Upload({ onReady }: { onReady: () => void }) {
  const upload = useUpload({ onReady })
  add = upload.add
  return upload.items.map((item) => <p key={item.key}>{`${item.fileName} ${item.status}`}</p>)
}

it('runs with the React of its project', () => {
  expect(version.split('.')[0]).toBe(process.env.REACT)
})

describe('FovealImage', () => {
  it('shows its picture as soon as the network is back', async () => {
    let isDown = true
    const { server, client } = await api(() => (isDown ? 'cut' : undefined))
    await render(client, <FovealImage asset={lion} alt="A lion" />)
    await until(() => expect(server.received.length).toBeGreaterThan(0))
    await settle()
    isDown = false
    window.dispatchEvent(new Event('online'))
    await until(() => expect(picture().src).toContain('https://cdn.test/lion/thumbnail'))
  })

  it('has the size of its rendition before there is a URL', async () => {
    let answer = () => {}
    const asked = new Promise<void>((resolve) => {
      answer = resolve
    })
    const { client } = await api(() => asked.then(() => undefined))
    await render(client, <FovealImage asset={lion} alt="A lion" />)
    expect(picture().outerHTML).toContain('width="320" height="240"')
    expect(picture().getAttribute('src')).toMatch(/^data:image\/svg/)
    answer()
    await until(() => expect(picture().getAttribute('src')).toBe('https://cdn.test/lion/thumbnail?1'))
    expect(picture().alt).toBe('A lion')
  })

  it('signs all pictures of a page in one call', async () => {
    const { client, server } = await api()
    const ids = Array.from({ length: 1000 }, (_, number) => `a${number}`)
    await render(
      client,
      ids.map((asset_id) => <FovealImage key={asset_id} asset={{ asset_id }} alt="" />),
    )
    await until(() => expect(host.querySelectorAll('img[src^="https:"]')).toHaveLength(1000))
    expect(server.received).toHaveLength(1)
  })

  it('offers the renditions that differ when it has sizes', async () => {
    const { client } = await api()
    await render(client, <FovealImage asset={lion} sizes="50vw" alt="" />)
    await until(() =>
      expect(picture().srcset).toMatch(/thumbnail\?\d 320w, https:\/\/cdn.test\/lion\/preview\?\d 1280w$/),
    )
    await render(
      client,
      <FovealImage asset={{ ...lion, asset_id: 'small', width: 200, height: 150 }} sizes="50vw" alt="" />,
    )
    await until(() => expect(picture().getAttribute('src')).toContain('/small/thumbnail?'))
    expect(picture().getAttribute('srcset')).toBeNull()
  })

  it('renews its URL once after an error, and then calls onError', async () => {
    const { client } = await api()
    const onError = vi.fn()
    await render(client, <FovealImage asset={lion} alt="" onError={onError} />)
    await until(() => expect(picture().getAttribute('src')).toContain('?1'))
    await fire('error')
    await until(() => expect(picture().getAttribute('src')).toContain('?2'))
    expect(onError).not.toHaveBeenCalled()
    await fire('error')
    expect(onError).toHaveBeenCalledOnce()
  })

  it('may renew again after it was loaded', async () => {
    const { client } = await api()
    const onError = vi.fn()
    await render(client, <FovealImage asset={lion} alt="" onError={onError} />)
    for (const number of [1, 2, 3]) {
      await until(() => expect(picture().getAttribute('src')).toContain(`?${number}`))
      await fire('load')
      await fire('error')
    }
    expect(onError).not.toHaveBeenCalled()
  })

  it('shows its fallback when there is no picture', async () => {
    const problem = { status: 422, code: 'Unrenderable', detail: 'No.' }
    const { client } = await api(() => ({ json: { downloads: [{ asset_id: 'lion', problem }] } }))
    await render(client, <FovealImage asset={lion} alt="" fallback={<p>No preview</p>} />)
    await until(() => expect(host.textContent).toBe('No preview'))
  })

  it('shows the picture of another asset when its asset changes', async () => {
    const { client } = await api()
    await render(client, <FovealImage asset={lion} alt="" />)
    await until(() => expect(picture().getAttribute('src')).toContain('/lion/'))
    await render(client, <FovealImage asset={{ ...lion, asset_id: 'zebra' }} alt="" />)
    expect(picture().getAttribute('src')).not.toContain('/lion/')
    await until(() => expect(picture().getAttribute('src')).toContain('/zebra/'))
  })
})

describe('useGallery', () => {
  const text = () => host.querySelector('output')?.textContent
  async function click(number: number): Promise<void> {
    host.querySelectorAll('button')[number]?.click()
    await settle()
  }

  it('loads page by page, and signs each page once for its pictures', async () => {
    const { client, server } = await api()
    await render(client, <Gallery />)
    await until(() => expect(text()).toBe('a0,a1 true false'))
    await click(0)
    await until(() => expect(text()).toBe('a0,a1,a2 false false'))
    await click(0)
    const signed = () => server.received.filter((each) => each.path.endsWith('/downloads'))
    await until(() => expect(signed()).toHaveLength(2))
  })

  it('keeps what is shown while it reloads, and after an error', async () => {
    let isDown = false
    const { client } = await api(({ path }) =>
      isDown && path.endsWith('/search') ? { status: 500, text: '' } : undefined,
    )
    await render(client, <Gallery />)
    await until(() => expect(text()).toBe('a0,a1 true false'))
    isDown = true
    await click(0)
    await until(() => expect(text()).toBe('a0,a1 true false error'))
    isDown = false
    await click(0)
    await until(() => expect(text()).toBe('a0,a1,a2 false false'))
    await click(1)
    expect(text()).toMatch(/^a0,a1/)
    await until(() => expect(text()).toBe('a0,a1 true false'))
  })
})

describe('useUpload', () => {
  it('uploads what it is given, and tells when it is ready', async () => {
    const backend = await Backend.start()
    const client = createClient({ api: backend.url, token: 'secret' })
    const onReady = vi.fn()
    await render(client, <Upload onReady={onReady} />)
    await add([{ blob: new Blob(['abc']), name: 'a.png' }])
    await add(null)
    await until(() => expect(host.textContent).toBe('a.png ready'))
    expect(onReady).toHaveBeenCalledOnce()
    expect(onReady.mock.calls[0]?.[0]).toMatchObject({ assetId: 'asset-1' })
    expect(backend.uploads).toHaveLength(1)
  })
})
