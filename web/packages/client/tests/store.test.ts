import 'fake-indexeddb/auto'
import { describe, expect, it } from 'vitest'
import { indexedDbStore, memoryStore, type StoredUpload } from '../src/index.js'

const upload = (key: string, scope: string, addedAt: number): StoredUpload => ({
  ...{ key, scope, addedAt, fingerprint: '', fileName: 'a.png', contentType: 'image/png', sizeBytes: 3 },
  method: 'put',
  ...{ tags: ['night'], attributes: { site: 'north' }, isPaused: false },
})

describe.each([
  ['indexedDbStore', () => indexedDbStore(`test-${Math.random()}`)],
  ['memoryStore', memoryStore],
])('%s', (_, make) => {
  it('returns the uploads of one scope, oldest first', async () => {
    const store = make()
    await store.put(upload('a', 'ada', 1))
    await store.put(upload('b', 'ada', 2))
    await store.put(upload('c', 'grace', 1))
    expect((await store.all('ada')).map((each) => each.key)).toEqual(['a', 'b'])
  })

  it('keeps the bytes when the record changes', async () => {
    const store = make()
    await store.put(upload('a', 'ada', 1))
    await store.putFile('a', new Blob(['abc']))
    await store.put({ ...upload('a', 'ada', 1), checksum: 'sum' })
    expect(await (await store.file('a'))?.text()).toBe('abc')
    expect(await store.all('ada')).toMatchObject([{ checksum: 'sum' }])
  })

  it('forgets record and bytes together', async () => {
    const store = make()
    await store.put(upload('a', 'ada', 1))
    await store.putFile('a', new Blob(['abc']))
    await store.delete('a')
    expect(await store.all('ada')).toEqual([])
    expect(await store.file('a')).toBeUndefined()
  })
})
