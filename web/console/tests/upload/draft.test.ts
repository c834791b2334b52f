import { beforeEach, describe, expect, it } from 'vitest'
import { choose, clearDraft, draftOf } from '../../src/upload/draft'
import type { UploadRules } from '../../src/upload/rules'

const rules = { allowed_types: ['image/*'], max_object_bytes: 1000 } as UploadRules
const file = (name: string, type = 'image/png') => new File(['abc'], name, { type, lastModified: 1 })

beforeEach(() => clearDraft('zoo'))

describe('choose', () => {
  it('takes a file once, however often it is chosen', async () => {
    await choose('zoo', [file('a.png'), file('b.png')], rules)
    await choose('zoo', [file('b.png')], rules)
    expect(draftOf('zoo').files.map((each) => each.name)).toEqual(['a.png', 'b.png'])
    expect(draftOf('zoo').isReading).toBe(false)
  })

  it('keeps files of one name, size and time in two folders apart', async () => {
    const same = [
      { file: file('1.png'), path: 'day-1/1.png' },
      { file: file('1.png'), path: 'day-2/1.png' },
    ]
    await choose('zoo', same, rules)
    expect(draftOf('zoo').files).toHaveLength(2)
  })

  it('tells what is refused, and what cannot be read', async () => {
    const gone = { getFile: () => Promise.reject(new DOMException('', 'NotFoundError')), name: 'gone.png' }
    await choose('zoo', [file('a.txt', 'text/plain'), gone as unknown as FileSystemFileHandle], rules)
    expect(draftOf('zoo').files).toEqual([])
    expect(draftOf('zoo').refused.map(({ name, refusal }) => [name, refusal.code])).toEqual([
      ['a.txt', 'type'],
      ['gone.png', 'unreadable'],
    ])
  })

  it('leaves the drafts of other projects alone', async () => {
    await choose('zoo', [file('a.png')], rules)
    expect(draftOf('farm').files).toEqual([])
  })
})
