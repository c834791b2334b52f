import { expect, it } from 'vitest'
import { filterOf, handedOn, isHandedOver } from '../../src/app/handed-over'

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
