import type { Client } from '@foveal/client'
import { afterEach, expect, it, vi } from 'vitest'
import { nameOf, sendFiles } from '../../src/labels/send-files'

afterEach(() => vi.unstubAllGlobals())

const files = ['a.xml', 'b.xml'].map((name) => ({ name, file: new File([name], name) }))

function clientOf(calls: string[]): Client {
  const request = async (route: string) => {
    calls.push(route)
    return {
      import: { import_id: 'i' },
      uploads: files.map(({ name }) => ({ name, method: 'PUT', url: `https://bucket.example/${name}`, headers: {} })),
    }
  }
  return { request } as unknown as Client
}

it('sends each file to its ticket before the dry run is started', async () => {
  const calls: string[] = []
  vi.stubGlobal('fetch', async (url: string) => {
    calls.push(url)
    return new Response('')
  })
  const progress: number[] = []
  const id = await sendFiles(clientOf(calls), 'zoo', { format: null, field: null, files }, (bytes) =>
    progress.push(bytes),
  )
  expect(id).toBe('i')
  expect(calls.at(-1)).toBe('POST /v1/imports/{import_id}/start')
  expect(calls.slice(1, 3).sort()).toEqual(['https://bucket.example/a.xml', 'https://bucket.example/b.xml'])
  expect(progress.at(-1)).toBe(10)
  expect(progress).toEqual(progress.toSorted((a, b) => a - b))
})

it('starts no dry run when a file is not stored, and names the file', async () => {
  const calls: string[] = []
  vi.stubGlobal('fetch', async (url: string) => new Response('', { status: url.endsWith('b.xml') ? 403 : 200 }))
  const sent = sendFiles(clientOf(calls), 'zoo', { format: null, field: null, files }, () => {})
  await expect(sent).rejects.toMatchObject({ name: 'NotStored', file: 'b.xml', cause: { status: 403 } })
  expect(calls).toEqual(['POST /v1/projects/{project}/imports'])
})

it('names a file by its path within the folder that was chosen', () => {
  expect([nameOf('labels/train/1.txt'), nameOf('coco.json')]).toEqual(['train/1.txt', 'coco.json'])
})
