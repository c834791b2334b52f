// @vitest-environment happy-dom
import { expect, it } from 'vitest'
import { formats, plural } from '../../src/text/catalogue'

const plain = (text: string) => text.replace(/\s/g, ' ')

it('writes sizes in the largest unit that leaves a whole number', () => {
  const { bytes } = formats('en')
  expect([0, 999, 1000, 1_500_000, 123_456_789, 2e12].map((each) => plain(bytes(each)))).toEqual([
    '0 byte',
    '999 byte',
    '1 kB',
    '1.5 MB',
    '123 MB',
    '2 TB',
  ])
})

it('writes numbers as the language does', () => {
  expect(formats('de').number(1234567)).toBe('1.234.567')
  expect(formats('en').number(1234567)).toBe('1,234,567')
})

it('chooses the word by the number', () => {
  const words = { one: 'asset', other: 'assets' }
  expect([0, 1, 2].map((count) => plural('en', count, words))).toEqual(['assets', 'asset', 'assets'])
})
