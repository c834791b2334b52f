import type { Filter } from '@foveal/client'
import { describe, expect, it } from 'vitest'
import { DEFAULT_SORT, readAddress, writeAddress } from '../../src/gallery/address'
import { fromFilter, toFilter } from '../../src/gallery/filter/model'

const filters: [string, Filter][] = [
  ['one value', { field: 'tags', eq: 'night' } as Filter],
  ['several values', { field: 'media_type', in: ['image', 'video'] } as Filter],
  ['values with commas', { field: 'tags', in: ['a,b', 'c'] } as Filter],
  ['a range of numbers', { field: 'size_bytes', gte: 1000, lt: 2000 } as Filter],
  ['text that looks like a number', { field: 'tags', eq: '2024' } as Filter],
  ['absence', { field: 'reviewed_fields', exists: false } as Filter],
  [
    'an annotation',
    { annotations: { any: { label: 'person', field: 'yolo12', confidence: { gte: 0.2, lte: 0.5 } } } } as Filter,
  ],
  ['several labels', { annotations: { any: { label: ['car', 'van'] } } } as Filter],
  [
    'a disjunction',
    {
      or: [
        { field: 'tags', eq: 'é' },
        { field: 'width', gt: 4000 },
      ],
    } as Filter,
  ],
  [
    'the same field twice',
    {
      and: [{ field: 'tags', eq: 'night' }, { field: 'tags', eq: 'rain' }, { not: { field: 'status', eq: 'ready' } }],
    } as Filter,
  ],
]

/** Write an address as the router does, and read it again. */
function again(filter: Filter) {
  const written = writeAddress({ filter: fromFilter(filter), sort: DEFAULT_SORT })
  return toFilter(readAddress(JSON.parse(JSON.stringify(written))).filter)
}

describe('address', () => {
  it.each(filters)('keeps a filter with %s', (_, filter) => {
    expect(again(filter)).toEqual(filter)
  })

  it('writes a conjunction in the language of the API', () => {
    const filter = { and: [filters[0]?.[1], filters[3]?.[1], filters[6]?.[1]] } as Filter
    expect(writeAddress({ filter: fromFilter(filter), sort: 'size_bytes' })).toEqual({
      tags: 'night',
      'size_bytes.gte': 1000,
      'size_bytes.lt': 2000,
      label: 'person',
      field: 'yolo12',
      'confidence.gte': 0.2,
      'confidence.lte': 0.5,
      sort: 'size_bytes',
    })
  })

  it('reads what is left of a link that was cut off', () => {
    expect(readAddress({ q: 'eyJvciI6', sort: 'nonsense', tags: 'night' })).toEqual({
      filter: { fields: { tags: { in: ['night'] } }, annotation: {}, more: [] },
      sort: DEFAULT_SORT,
    })
  })
})
