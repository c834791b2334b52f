// @vitest-environment happy-dom
import { describe, expect, it } from 'vitest'
import { assetsOf, filterOf, handedOn, handOver, isHandedOver } from '../../src/app/handed-over'

const filter = { field: 'tags', eq: 'nächtlich' } as const
const encoded = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')

it('reads a filter as it is, and as the gallery writes it', () => {
  expect(filterOf({ filter })).toEqual(filter)
  expect(filterOf({ q: encoded(filter) })).toEqual(filter)
})

it('has no filter where the link was cut off', () => {
  expect(filterOf({ q: encoded(filter).slice(0, 9) })).toBeUndefined()
  expect(isHandedOver({ q: 'x' })).toBe(false)
})

it('hands on what it got and nothing else', () => {
  const search = { q: encoded(filter), view: 'night', show: 'jobs' }
  expect(handedOn(search)).toEqual({ q: encoded(filter), view: 'night' })
  expect(isHandedOver(search)).toBe(true)
})

describe('ids that a selection hands over', () => {
  const ids = (count: number) => Array.from({ length: count }, (_, at) => `asset-${at}`)

  it('stand in the address when they are few, and are kept in the tab as a whole when they are many', () => {
    expect(handOver(ids(50))).toEqual({ assets: ids(50) })
    const handed = handOver(ids(3_000))
    expect(Object.keys(handed)).toEqual(['kept'])
    expect(assetsOf(handed)).toEqual(ids(3_000))
    expect([isHandedOver(handed), handedOn(handed)]).toEqual([true, handed])
  })

  it('are none once the tab has forgotten them, never all assets', () => {
    expect(assetsOf({ kept: 'gone' })).toEqual([])
    expect(assetsOf({})).toBeUndefined()
  })
})
