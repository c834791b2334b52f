import { afterEach, describe, expect, it, vi } from 'vitest'
import { loadReport, MAX_REPORT_BYTES, remarksOf } from '../../src/labels/report'

const line = (value: object) => `${JSON.stringify(value)}\n`
afterEach(() => vi.unstubAllGlobals())

describe('remarksOf', () => {
  it('counts sentences that differ in numbers and names as one, the most frequent first', () => {
    const text =
      line({ kind: 'warning', code: 'w', message: 'The side is 3.', where: 'a#L1' }) +
      line({ kind: 'not_imported', pointer: 'b#L1', reason: 'class 7 is not among the 2 classes' }) +
      line({ kind: 'not_imported', pointer: 'b#L2', reason: 'class 8 is not among the 2 classes' })
    expect(remarksOf(text)).toEqual({
      lines: 3,
      remarks: [
        { kind: 'not_imported', code: '', message: 'class 7 is not among the 2 classes', count: 2, where: 'b#L1' },
        { kind: 'warning', code: 'w', message: 'The side is 3.', count: 1, where: 'a#L1' },
      ],
    })
  })

  it('leaves questions out, which the import names itself', () => {
    expect(remarksOf(line({ kind: 'question', option: 'task', message: '?' })).remarks).toEqual([])
  })
})

describe('loadReport', () => {
  it('reads the first bytes of a large report, and whole lines of them', async () => {
    const one = line({ kind: 'warning', code: 'w', message: 'x'.repeat(1000), where: 'a' })
    const text = one.repeat(Math.ceil((2 * MAX_REPORT_BYTES) / one.length))
    vi.stubGlobal('fetch', async () => new Response(text))
    const found = await loadReport('https://bucket.example/report')
    expect(found.isComplete).toBe(false)
    expect(found.remarks).toHaveLength(1)
    expect(found.remarks[0]?.count).toBe(found.lines)
  })

  it('rejects with the status when the report cannot be had', async () => {
    vi.stubGlobal('fetch', async () => new Response('', { status: 403 }))
    await expect(loadReport('https://bucket.example/report')).rejects.toThrow('HTTP403')
  })
})
