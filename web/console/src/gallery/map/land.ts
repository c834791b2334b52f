/**
 * Outlines of land from Natural Earth (public domain), packed as TopoJSON by world-atlas (ISC licence).
 *
 * They are drawn for maps of 1 : 110 million and 1 : 50 million; the finer ones are loaded where they show.
 */

import fine from 'world-atlas/land-50m.json?url'
import coarse from 'world-atlas/land-110m.json?url'
import { readFile } from '../../app/read-file'
import type { Box } from '../filter/area'
import { project } from './projection'

/** Zoom from which the finer outlines are drawn, from which they are no more than a rough guide, and at which they end. */
export const FINE_FROM = 3
export const ROUGH_FROM = 7
export const LAND_UNTIL = 10

/** Size of the world in the units of the outlines. */
export const UNITS = 4096

/** One outline, with its islands' holes: an SVG path in units of the map of the world, and its extent in degrees. */
export interface Outline {
  path: string
  box: Box
}

type Position = readonly [longitude: number, latitude: number]

interface Topology {
  arcs: number[][][]
  transform: { scale: [number, number]; translate: [number, number] }
  objects: { land: { geometries: { arcs: number[][][] }[] } }
}

export const landUrl = (zoom: number): string => (zoom < FINE_FROM ? coarse : fine)

/** Load outlines. Rejects where the file is not there. */
export async function readLand(url: string, signal: AbortSignal): Promise<Outline[]> {
  return outlinesOf(await readFile<Topology>(url, (answer) => answer.json(), { signal }))
}

/** Return the outlines of a topology: arcs are shared between rings, and stored as differences of whole numbers. */
export function outlinesOf({ arcs, transform, objects }: Topology): Outline[] {
  const { scale, translate } = transform
  const lines = arcs.map((arc) => {
    let [x, y] = [0, 0]
    return arc.map(([dx = 0, dy = 0]) => {
      x += dx
      y += dy
      return [x * scale[0] + translate[0], y * scale[1] + translate[1]] as Position
    })
  })
  const ringOf = (indices: readonly number[]) =>
    indices.flatMap((index, place) => {
      const line = index < 0 ? (lines[~index] ?? []).toReversed() : (lines[index] ?? [])
      return place === 0 ? line : line.slice(1) // the first position is the last one of the line before
    })
  return objects.land.geometries.flatMap(({ arcs: polygons }) =>
    polygons.map((rings) => {
      const positions = rings.map((ring) => unrolled(ringOf(ring)))
      const [outer = []] = positions
      const [across, along] = [outer.map(([x]) => x), outer.map(([, y]) => y)]
      return {
        path: positions.map(pathOf).join(''),
        box: [Math.min(...across), Math.min(...along), Math.max(...across), Math.max(...along)] as const,
      }
    }),
  )
}

/** Return a ring of the sphere as one of the map: it goes on beyond 180°, and one around a pole takes in its edge. */
function unrolled(ring: readonly Position[]): Position[] {
  let turn = 0
  const flat = ring.map(([longitude, latitude], place): Position => {
    const step = longitude - (ring[place - 1]?.[0] ?? longitude)
    if (Math.abs(step) > 180) turn -= Math.sign(step) * 360
    return [longitude + turn, latitude]
  })
  const [first, last] = [flat[0] as Position, flat.at(-1) as Position]
  if (Math.abs(last[0] - first[0]) > 180)
    flat.push([last[0], Math.sign(last[1]) * 90], [first[0], Math.sign(last[1]) * 90])
  const across = flat.map(([longitude]) => longitude)
  const shift = Math.round((Math.min(...across) + Math.max(...across)) / 720) * 360
  return flat.map(([longitude, latitude]) => [longitude - shift, latitude])
}

function pathOf(ring: readonly Position[]): string {
  const points = ring.map(([longitude, latitude]) => {
    const [x, y] = project(longitude, latitude)
    return `${(x * UNITS).toFixed(2)} ${(y * UNITS).toFixed(2)}`
  })
  return `M${points.join('L')}Z`
}
