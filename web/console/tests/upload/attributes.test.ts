// @vitest-environment happy-dom
import { expect, it } from 'vitest'
import { attributeValue } from '../../src/ui/tag-field'

it.each([
  ['7', 7],
  [' -0.5 ', -0.5],
  ['true', true],
  ['false', false],
  ['north', 'north'],
  ['"7"', '7'],
  ['Infinity', 'Infinity'],
])('reads %s as the value of an attribute', (typed, value) => {
  expect(attributeValue(typed)).toBe(value)
})
