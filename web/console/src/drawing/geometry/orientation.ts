/**
 * Orientation of stored pixels for display: the eight orientations of Exif 2.32 (tag Orientation, 0x0112).
 *
 * Port of `foveal/render/decode/orientation.py`.
 */
import type { Point, Size } from './points'

export type Orientation = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8
export const UPRIGHT: Orientation = 1
export const TRANSPOSED: Orientation = 5

/** Mirroring of x, mirroring of y, and their exchange after that. */
const STEPS: Record<Orientation, readonly [boolean, boolean, boolean]> = {
  1: [false, false, false],
  2: [true, false, false],
  3: [true, true, false],
  4: [false, true, false],
  5: [false, false, true],
  6: [false, true, true],
  7: [true, true, true],
  8: [true, false, true],
}
const INVERSE: Record<Orientation, Orientation> = { 1: 1, 2: 2, 3: 3, 4: 4, 5: 5, 6: 8, 7: 7, 8: 6 }
/** Clockwise rotation in degrees, then mirrored or not, as the facts of a video state them. */
const OF_ROTATION: Record<string, Orientation> = {
  '0 false': 1,
  '0 true': 2,
  '180 false': 3,
  '180 true': 4,
  '270 true': 5,
  '90 false': 6,
  '90 true': 7,
  '270 false': 8,
}

export interface OrientationFacts {
  media_type?: string | null
  orientation?: number
  rotation?: number
  is_mirrored?: boolean
}

/** Return the orientation of an asset's stored pixels, 1 where it states none. */
export function orientationOf(asset: OrientationFacts): Orientation {
  if (asset.media_type === 'video')
    return OF_ROTATION[`${asset.rotation ?? 0} ${asset.is_mirrored ?? false}`] ?? UPRIGHT
  const stated = asset.orientation
  return stated !== undefined && stated in STEPS ? (stated as Orientation) : UPRIGHT
}

/** Return the displayed size of a stored one, and the stored one of a displayed one. */
export function turnedSize(size: Size, orientation: Orientation): Size {
  return STEPS[orientation][2] ? [size[1], size[0]] : size
}

/** Return the displayed position of a point of the stored image of a size. */
export function displayed(point: Point, orientation: Orientation, stored: Size = [1, 1]): Point {
  const [mirrorsX, mirrorsY, exchanges] = STEPS[orientation]
  const x = mirrorsX ? stored[0] - point[0] : point[0]
  const y = mirrorsY ? stored[1] - point[1] : point[1]
  return exchanges ? [y, x] : [x, y]
}

/** Return the stored position of a point of the displayed image, relative. */
export function stored(point: Point, orientation: Orientation): Point {
  return displayed(point, INVERSE[orientation])
}
