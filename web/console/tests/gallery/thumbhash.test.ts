import { expect, it } from 'vitest'
import { placeholder } from '../../src/gallery/grid/thumbhash'

const at = (pixels: Uint8ClampedArray | null, x: number, y: number) =>
  [...(pixels ?? [])].slice((y * 16 + x) * 4, (y * 16 + x) * 4 + 3)

it('shows a sunset of the reference page as light above dark', () => {
  // Hash of a picture on https://evanw.github.io/thumbhash/
  const pixels = placeholder('1QcSHQRnh493V4dIh4eXh1h4kJUI')
  expect(pixels).toHaveLength(16 * 16 * 4)
  const values = [at(pixels, 8, 2), at(pixels, 8, 13)]
  for (const each of values.flat()) expect(each).toBeGreaterThan(0)
  expect(values[0]).not.toEqual(values[1])
})

it('shows a hash without details as one colour', () => {
  // Lightness 31/63, both colours neutral (31 of 62.5 is nearly 0), all scales 0.
  const pixels = placeholder(btoa(String.fromCharCode(0xdf, 0xf7, 0x01, 0x07, 0x00)))
  const [r = 0, g = 0, b = 0] = at(pixels, 0, 0)
  expect(at(pixels, 15, 15)).toEqual([r, g, b])
  expect(Math.max(r, g, b) - Math.min(r, g, b)).toBeLessThan(12)
  expect(g).toBeGreaterThan(110)
  expect(g).toBeLessThan(140)
})

it('is nothing for what is no hash', () => {
  expect(placeholder('')).toBeNull()
  expect(placeholder('###')).toBeNull()
})
