/** Stable colour of each label, equal to the server's (`foveal/render/draw/colours.py`), and text colour by contrast. */
import { sha256 } from './sha256'

/** Red, green and blue, 0 to 255. */
export type Colour = readonly [number, number, number]

const HUES = 36
const LIGHTNESSES = [0.45, 0.55, 0.62] as const
const SATURATIONS = [0.75, 0.95] as const
const HEX = /^#([0-9a-fA-F]{2})([0-9a-fA-F]{2})([0-9a-fA-F]{2})$/

/** Return the colour that the label schema gives to a label, else one made from the label's text alone. */
export function colourOf(label: string | null | undefined, chosen: ReadonlyMap<string, string>): Colour {
  const given = HEX.exec(chosen.get(label ?? '') ?? '')
  if (given)
    return [parseInt(given[1] as string, 16), parseInt(given[2] as string, 16), parseInt(given[3] as string, 16)]
  const digest = sha256(new TextEncoder().encode(label ?? ''))
  const [first = 0, second = 0, third = 0] = digest
  const hue = (first % HUES) / HUES
  return ofHls(hue, LIGHTNESSES[second % 3] as number, SATURATIONS[third % 2] as number)
}

/** Return black or white, whichever has the higher contrast (WCAG 2.2, relative luminance). */
export function textOn(colour: Colour): Colour {
  const luminance = 0.2126 * linear(colour[0]) + 0.7152 * linear(colour[1]) + 0.0722 * linear(colour[2])
  return (luminance + 0.05) / 0.05 >= 1.05 / (luminance + 0.05) ? [0, 0, 0] : [255, 255, 255]
}

export function hexadecimal(colour: Colour): string {
  return `#${colour.map((each) => each.toString(16).padStart(2, '0')).join('')}`
}

/** Return a colour of hue, lightness and saturation as `colorsys.hls_to_rgb` of Python does, each rounded half to even. */
function ofHls(hue: number, lightness: number, saturation: number): Colour {
  const high = lightness <= 0.5 ? lightness * (1 + saturation) : lightness + saturation - lightness * saturation
  const low = 2 * lightness - high
  return [channel(low, high, hue + 1 / 3), channel(low, high, hue), channel(low, high, hue - 1 / 3)]
}

function channel(low: number, high: number, turned: number): number {
  const hue = turned - Math.floor(turned)
  if (hue < 1 / 6) return rounded(low + (high - low) * hue * 6)
  if (hue < 0.5) return rounded(high)
  if (hue < 2 / 3) return rounded(low + (high - low) * (2 / 3 - hue) * 6)
  return rounded(low)
}

function rounded(share: number): number {
  const value = share * 255
  const below = Math.floor(value)
  if (value - below !== 0.5) return Math.round(value)
  return below % 2 ? below + 1 : below
}

function linear(of: number): number {
  const value = of / 255
  return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4
}
