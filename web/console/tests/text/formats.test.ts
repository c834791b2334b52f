// @vitest-environment happy-dom
import { expect, test } from 'vitest'
import { formats, intl } from '../../src/text/catalogue'

test('formatters are made once for a language and options', () => {
  const percent = intl(Intl.NumberFormat, 'en', { style: 'percent' })
  expect(intl(Intl.NumberFormat, 'en', { style: 'percent' })).toBe(percent)
  expect(intl(Intl.NumberFormat, 'de', { style: 'percent' })).not.toBe(percent)
  expect(intl(Intl.NumberFormat, 'en', { style: 'decimal' })).not.toBe(percent)
  expect(formats('en')).toBe(formats('en'))
})

test('numbers and sizes are written as the language does', () => {
  expect([formats('en').number(1234.5, 1), formats('de').number(1234.5, 1)]).toEqual(['1,234.5', '1.234,5'])
  expect([formats('en').bytes(1_500_000), formats('de').bytes(1_500_000)]).toEqual(['1.5 MB', '1,5 MB'])
})
