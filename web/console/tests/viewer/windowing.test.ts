import { deflateSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { readAddress, writeAddress } from '../../src/viewer/address'
import { readValues } from '../../src/viewer/windowing/load'
import { decodePng } from '../../src/viewer/windowing/png'
import {
  adjusted,
  fullWindow,
  lookupTable,
  paintValues,
  parseWindow,
  presetOf,
  presetsOf,
  resolved,
  type Values,
  type VoiWindow,
  windowed,
  windowOf,
} from '../../src/viewer/windowing/window'
import golden from './windows.json'

/** DICOM PS3.3 C.11.2.1.2.1, as it is written there, with ymin 0 and ymax 255. */
function byTheStandard(x: number, c: number, w: number): number {
  if (x <= c - 0.5 - (w - 1) / 2) return 0
  if (x > c - 0.5 + (w - 1) / 2) return 255
  return ((x - (c - 0.5)) / (w - 1) + 0.5) * (255 - 0) + 0
}

function valuesOf(numbers: number[], more: Partial<Values> = {}): Values {
  const samples = Uint16Array.from(numbers)
  const { slope = 1, intercept = 0 } = more
  const full = fullWindow(samples, slope, intercept)
  return {
    ...{ width: numbers.length, height: 1, samples, slope, intercept, full },
    ...{ isInverted: false, window: undefined, ...more },
  }
}

describe('window', () => {
  test.each([
    [2048, 4096],
    [2048, 1],
    [0, 100],
    [0, 1],
    [40, 400],
    [-600.5, 1500.25],
  ])('of center %d and width %d is the formula of the standard', (center, width) => {
    const values = Array.from({ length: 20_001 }, (_, at) => at / 2 - 5000)
    expect(values.map((value) => windowed(value, { center, width }))).toEqual(
      values.map((value) => byTheStandard(value, center, width)),
    )
  })

  test.each(golden.windows)('of $center, $width by $function has the greys of the server', ({ greys, ...window }) => {
    const found = golden.values.map((value) => Math.floor(windowed(value, window as VoiWindow) + 0.5))
    expect(found).toEqual(greys)
  })

  test('is by the function of the file, whatever its numbers are, and of the full range linear', () => {
    const values = valuesOf([0, 100], { window: { center: 50, width: 20, function: 'SIGMOID' } })
    expect(resolved(undefined, values)).toEqual({ center: 50, width: 20, function: 'SIGMOID' })
    expect(resolved({ center: 40, width: 80 }, values)).toEqual({ center: 40, width: 80, function: 'SIGMOID' })
    expect(resolved('full', values)).toEqual(values.full)
    expect(resolved({ center: 40, width: 80 }, valuesOf([0, 100]))).toEqual({ center: 40, width: 80 })
  })

  test('has the examples that the standard gives', () => {
    // "c=2048, w=4096 becomes: if (x <= 0) y=ymin; elseif (x > 4095) y=ymax", and so on
    const ends = (center: number, width: number, low: number, high: number) => {
      expect(windowed(low, { center, width })).toBe(0)
      expect(windowed(low + 1e-6, { center, width })).toBeGreaterThan(0)
      expect(windowed(high + 1e-6, { center, width })).toBe(255)
    }
    ends(2048, 4096, 0, 4095)
    ends(2048, 1, 2047.5, 2047.5)
    ends(0, 100, -50, 49)
    ends(0, 1, -0.5, -0.5)
  })

  test('is applied to rescaled values, rounded, inverted for MONOCHROME1', () => {
    const window = { center: 40, width: 400 }
    const values = valuesOf([0], { slope: 0.5, intercept: -1024 })
    const [plain, inverted] = [lookupTable(values, window), lookupTable({ ...values, isInverted: true }, window)]
    expect(plain).toEqual(
      Uint8Array.from({ length: 65_536 }, (_, at) => Math.round(byTheStandard(at / 2 - 1024, 40, 400))),
    )
    expect(inverted).toEqual(plain.map((grey) => 255 - grey))
    const pixels = new Uint8ClampedArray(8)
    paintValues(valuesOf([0, 65_535], { intercept: -1024 }), window, pixels)
    expect([...pixels]).toEqual([0, 0, 0, 255, 255, 255, 255, 255])
  })

  test('of the full range has the least value black and the greatest white', () => {
    const values = valuesOf([5, 900, 41], { slope: -2, intercept: 100 })
    const table = lookupTable(values, values.full)
    expect([table[5], table[900]]).toEqual([255, 0])
    expect(table[8]).toBeLessThan(255)
    expect(table[899]).toBe(0) // half a grey above black
    expect(table[897]).toBeGreaterThan(0)
    expect(valuesOf([7, 7]).full).toEqual({ center: 7.5, width: 1 })
  })

  test('is of the person, of the file, or full', () => {
    const window = { center: 1, width: 2 }
    expect(resolved(undefined, valuesOf([0, 9], { window }))).toEqual(window)
    expect(resolved(undefined, valuesOf([0, 9]))).toEqual({ center: 5, width: 10 })
    expect(resolved('full', valuesOf([0, 9], { window }))).toEqual({ center: 5, width: 10 })
    expect(resolved({ center: 3, width: 4 }, valuesOf([0, 9], { window }))).toEqual({ center: 3, width: 4 })
  })

  test('is changed by drags: to the right wider, upwards brighter, never below 1', () => {
    const values = valuesOf([0, 1999])
    const window = { center: 40, width: 400 }
    expect(adjusted(window, [10, 0], values)).toEqual({ center: 40, width: 420 })
    expect(adjusted(window, [0, -10], values).center).toBe(20)
    expect(adjusted(window, [0, -10], { ...values, isInverted: true }).center).toBe(60)
    expect(adjusted(window, [-9999, 0], values).width).toBe(1)
  })

  test('has presets, those of tomography only for it', () => {
    expect(presetsOf(false)).toEqual(['default', 'full'])
    for (const choice of presetsOf(true)) expect(presetOf(windowOf(choice))).toBe(choice)
    expect(presetOf({ center: 1, width: 2 })).toBeUndefined()
  })

  test('stands in the address, and what is none is left out', () => {
    for (const window of [{ center: -600.5, width: 1500 }, 'full' as const]) {
      const written = writeAddress({ ...readAddress({}), window })
      expect(readAddress(written).window).toEqual(window)
    }
    for (const text of [undefined, '', 'x', '1', '1,0', '1,2,3', ',5', '1,Infinity'])
      expect(parseWindow(text)).toBeUndefined()
  })
})

describe('PNG of 16 bits', () => {
  const [width, height] = [37, 40]
  let seed = 1
  const samples = Uint16Array.from({ length: width * height }, () => {
    seed = (seed * 48_271) % 0x7fffffff
    return seed & 0xffff
  })

  test('is read exactly, with every filter and its texts', async () => {
    const told = { slope: 2, intercept: -1024, is_inverted: true, window: null }
    const file = png(samples, told)
    const found = await decodePng(file)
    expect([found.width, found.height]).toEqual([width, height])
    expect(found.samples).toEqual(samples)
    const values = await readValues(file)
    expect(values).toMatchObject({ slope: 2, intercept: -1024, isInverted: true, window: undefined })
  })

  test.each([
    ['no PNG', 'This is no PNG.', (bytes: Uint8Array) => bytes.fill(0, 0, 4)],
    ['8 bits', 'not grey of 16 bits', (bytes: Uint8Array) => bytes.fill(8, 24, 25)],
    ['colours', 'not grey of 16 bits', (bytes: Uint8Array) => bytes.fill(2, 25, 26)],
    ['another size', 'not complete', (bytes: Uint8Array) => bytes.fill(99, 23, 24)],
  ])('is refused: %s', async (_, message, damage) => {
    const file = png(samples, {})
    damage(new Uint8Array(file))
    await expect(decodePng(file)).rejects.toThrow(message)
  })

  /** Write a PNG whose rows have the filters 0 to 4 in turn. */
  function png(numbers: Uint16Array, told: object): ArrayBuffer {
    const stride = width * 2
    const plain = Buffer.alloc(numbers.length * 2)
    numbers.forEach((sample, at) => {
      plain.writeUInt16BE(sample, at * 2)
    })
    const byte = (row: number, at: number): number => (row < 0 || at < 0 ? 0 : (plain[row * stride + at] as number))
    const rows = Buffer.alloc(height * (stride + 1))
    for (let row = 0; row < height; row += 1) {
      const filter = row % 5
      rows[row * (stride + 1)] = filter
      for (let at = 0; at < stride; at += 1) {
        const [a, b, c] = [byte(row, at - 2), byte(row - 1, at), byte(row - 1, at - 2)]
        const near = (each: number): number => Math.abs(a + b - c - each)
        const paeth = near(a) <= near(b) && near(a) <= near(c) ? a : near(b) <= near(c) ? b : c
        const guess = [0, a, b, Math.floor((a + b) / 2), at < 2 && row === 0 ? 0 : paeth][filter] as number
        rows[row * (stride + 1) + 1 + at] = (byte(row, at) - guess) & 0xff
      }
    }
    const header = Buffer.from([0, 0, 0, width, 0, 0, 0, height, 16, 0, 0, 0, 0])
    const packed = deflateSync(rows)
    const parts = [
      Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
      chunk('IHDR', header),
      chunk('tEXt', Buffer.from(`foveal:values\0${JSON.stringify(told)}`, 'latin1')),
      chunk('IDAT', packed.subarray(0, 100)),
      chunk('IDAT', packed.subarray(100)),
      chunk('IEND', Buffer.alloc(0)),
    ]
    return Uint8Array.from(Buffer.concat(parts)).buffer
  }

  function chunk(kind: string, body: Buffer): Buffer {
    const length = Buffer.alloc(4)
    length.writeUInt32BE(body.length)
    return Buffer.concat([length, Buffer.from(kind), body, Buffer.alloc(4)])
  }
})
