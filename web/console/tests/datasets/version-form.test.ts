import { describe, expect, it } from 'vitest'
import { labelTable } from '../../src/datasets/label-table'
import { bodyOf, formOf, idsOf, isWhole, NEW_FORM } from '../../src/datasets/version-form'

describe('isWhole', () => {
  it('wants shares that add up to 100 percent, written with a point or a comma', () => {
    const shares = [
      { name: 'train', percent: '99,5' },
      { name: 'val', percent: '0.5' },
    ]
    expect(isWhole({ ...NEW_FORM, hasSplits: true, shares })).toBe(true)
    expect(isWhole({ ...NEW_FORM, hasSplits: true, shares: [{ name: 'train', percent: '99' }] })).toBe(false)
    expect(isWhole({ ...NEW_FORM, hasSplits: true, shares: [{ name: 'train', percent: '' }] })).toBe(false)
  })

  it('wants the view or the ids of its source', () => {
    expect(isWhole({ ...NEW_FORM, source: 'view' })).toBe(false)
    expect(isWhole({ ...NEW_FORM, source: 'list', ids: ' \n' })).toBe(false)
    expect(isWhole({ ...NEW_FORM, source: 'list', ids: 'a' })).toBe(true)
  })
})

describe('bodyOf', () => {
  it('gives shares as parts of one, and no split where none is asked for', () => {
    const body = bodyOf({ ...NEW_FORM, hasSplits: true, keepFrom: 2 }, {})
    expect(body.split).toEqual({
      shares: { train: 0.8, val: 0.1, test: 0.1 },
      seed: '1',
      group_by: 'asset',
      stratify: true,
      keep_from: 2,
    })
    expect(bodyOf(NEW_FORM, { filter: { field: 'tags', eq: 'a' } })).toEqual({})
  })

  it('takes each id once', () => {
    expect(idsOf({ ...NEW_FORM, ids: 'a, b\n a' })).toEqual(['a', 'b'])
  })
})

it('sums labels over splits, the most frequent first', () => {
  const { splits, rows } = labelTable([
    { label: 'wren', split: 'train', count: 1 },
    { label: 'robin', split: 'train', count: 2 },
    { label: 'wren', split: 'val', count: 4 },
  ])
  expect(splits).toEqual(['train', 'val'])
  expect(rows.map(({ label, total }) => [label, total])).toEqual([
    ['wren', 5],
    ['robin', 2],
  ])
})

describe('formOf', () => {
  it('keeps the splits of the newest version, with its shares', () => {
    const split = {
      shares: { train: 0.7, val: 0.3 },
      seed: '7',
      group_by: 'attribute:patient',
      stratify: false,
      keep_from: null,
    }
    expect(formOf({}, { version: 4, split })).toMatchObject({
      hasSplits: true,
      shares: [
        { name: 'train', percent: '70' },
        { name: 'val', percent: '30' },
      ],
      groupBy: 'attribute:patient',
      keepFrom: 4,
    })
    expect(formOf({}, undefined).hasSplits).toBe(false)
  })

  it('begins with what another screen hands over', () => {
    expect(formOf({ filter: { field: 'tags', eq: 'a' }, view: 'night' }, undefined).source).toBe('filter')
    expect(formOf({ assetIds: ['a', 'b'] }, undefined)).toMatchObject({ source: 'list', ids: 'a\nb' })
  })
})
