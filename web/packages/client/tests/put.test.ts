import { expect, it } from 'vitest'
import { putFile, UploadError } from '../src/index.js'
import { type Reply, serve } from './server.js'

const body = new Blob(['<annotation/>'])
const retries = { max: 2, baseMs: 1, maxMs: 1 }
const stored: Reply = { status: 200 }
const denied = '<Error><Code>AccessDenied</Code></Error>'

it.each<[string, Reply]>([
  ['the connection breaks', 'cut'],
  ['nothing moves', 'begun'],
  ['S3 is busy', { status: 503 }],
])('sends a file again when %s, and tells how much has left', async (_, failure) => {
  const replies = [failure, stored]
  const server = await serve(() => replies.shift() ?? stored)
  const progress: number[] = []
  const onProgress = (bytes: number) => progress.push(bytes)
  await putFile(`${server.url}/a.xml`, body, { headers: { 'x-tag': 'a' }, onProgress, stallMs: 200, retries })
  expect(server.received.map(({ method, headers }) => [method, headers['x-tag']])).toEqual(Array(2).fill(['PUT', 'a']))
  expect(server.received.at(-1)?.body.toString()).toBe('<annotation/>')
  expect(progress).toEqual([body.size, body.size])
})

it('gives up after its retries', async () => {
  const server = await serve(() => ({ status: 503 }))
  await expect(putFile(server.url, body, { retries })).rejects.toMatchObject({ code: 'HTTP503' })
  expect(server.received).toHaveLength(3)
})

it('sends a refused file once, and says why', async () => {
  const server = await serve(() => ({ status: 403, text: denied }))
  const refused = putFile(server.url, body, { retries })
  await expect(refused).rejects.toBeInstanceOf(UploadError)
  await expect(refused).rejects.toMatchObject({ code: 'AccessDenied' })
  expect(server.received).toHaveLength(1)
})

it('counts a file that is there already as stored', async () => {
  const server = await serve(() => ({ status: 412 }))
  await putFile(server.url, body, { retries })
  expect(server.received).toHaveLength(1)
})

it('ends with the reason of its signal', async () => {
  const stop = new AbortController()
  const server = await serve(() => {
    stop.abort(new Error('enough'))
    return 'begun'
  })
  await expect(putFile(server.url, body, { signal: stop.signal, retries })).rejects.toThrow('enough')
})
