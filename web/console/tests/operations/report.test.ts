import { expect, test } from 'vitest'
import { added, EMPTY, prefixOf } from '../../src/operations/report'

const step = (next_token: string | null) => ({
  keys: 1_000,
  recent: 2,
  drift: { missing: 3, stale: 1 },
  examples: Array.from({ length: 15 }, (_, at) => ({ key: `media/zoo/${next_token}/${at}`, drift: 'missing' })),
  next_token,
})

test('steps of a comparison add up, and are complete with the last', () => {
  const first = added(EMPTY, step('more'))
  expect(first).toMatchObject({ keys: 1_000, recent: 2, differing: 4, isComplete: false })
  const both = added(first, step(null))
  expect(both).toMatchObject({ keys: 2_000, recent: 4, differing: 8, isComplete: true })
  expect(both.examples).toHaveLength(20)
})

test('a project is the prefix of its keys, and none is all of them', () => {
  expect(prefixOf(' zoo ')).toBe('media/zoo/')
  expect(prefixOf(' ')).toBe('media/')
})
