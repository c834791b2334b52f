/** Positions, lengths and large counts in words. */
import { catalogue } from '../../text/catalogue'
import { currentLocale } from '../../text/preferences'
import type { Box } from '../filter/area'
import { extentsOf } from './projection'

const texts = catalogue({ points: 'N S E W' }, { points: 'N S O W' })

/** Return degrees as people write them: `48.1° N`. */
export function degreesWords(value: number, axis: 'longitude' | 'latitude', digits: number): string {
  const [north, south, east, west] = texts.now().points.split(' ')
  const degrees = axis === 'longitude' ? value - 360 * Math.round(value / 360) : value
  const options = { minimumFractionDigits: digits, maximumFractionDigits: digits }
  const written = `${new Intl.NumberFormat(currentLocale(), options).format(Math.abs(degrees))}°`
  if (degrees === 0 || (axis === 'longitude' && Math.abs(degrees) === 180)) return written
  const [plus, minus] = axis === 'longitude' ? [east, west] : [north, south]
  return `${written} ${degrees > 0 ? plus : minus}`
}

/** Return a position in words: `48.1° N, 11.6° E`. */
export const positionWords = (longitude: number, latitude: number, digits: number): string =>
  `${degreesWords(latitude, 'latitude', digits)}, ${degreesWords(longitude, 'longitude', digits)}`

/** Return the digits with which two ends of an extent differ. */
export const digitsFor = (degrees: number): number =>
  Math.min(6, Math.max(0, Math.round(1 - Math.log10(degrees || 1e-6))))

/** Return boxes in words: the south-western and the north-eastern corner of all of them. */
export function areaWords(boxes: readonly Box[]): string {
  const extents = extentsOf(boxes)
  const least = (side: 0 | 1) => Math.min(...extents.map((each) => each[side]))
  const most = (side: 2 | 3) => Math.max(...extents.map((each) => each[side]))
  const [west, south, east, north] = [least(0), least(1), most(2), most(3)]
  const digits = digitsFor(Math.min(east - west, north - south))
  return `${positionWords(west, south, digits)} – ${positionWords(east, north, digits)}`
}

/** Return a length as a scale bar has it: `500 m`, `20 km`. */
export function lengthWords(metres: number): string {
  const [value, unit] = metres < 1000 ? [metres, 'meter'] : [metres / 1000, 'kilometer']
  return new Intl.NumberFormat(currentLocale(), { style: 'unit', unit, maximumFractionDigits: 2 }).format(value)
}

/** Return a count as it fits into a circle: `999`, `12K`. */
export function shortCount(count: number): string {
  const options = count < 1000 ? {} : ({ notation: 'compact', maximumSignificantDigits: 2 } as const)
  // German has no short word for a thousand.
  return new Intl.NumberFormat(count < 1e6 ? 'en' : currentLocale(), options).format(count)
}
