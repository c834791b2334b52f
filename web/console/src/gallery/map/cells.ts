/** Cells that the API counts, and the clusters that a map shows of them: circles that do not overlap. */
import type { Box } from '../filter/area'
import { type Extent, extentOf, type Point, project, type Size, toScreen, type View, worldSize } from './projection'

export interface Cell {
  count: number
  longitude: number
  latitude: number
  bbox: Box
  asset_id: string
}

/** Some assets that are drawn as one circle: those of one cell, or of neighbours whose circles would overlap. */
export interface Cluster {
  count: number
  longitude: number
  latitude: number
  /** The extents of its cells: an asset in one of them is of the cluster. */
  boxes: readonly Box[]
  asset: string
  /** Radius in pixels. */
  radius: number
}

/** Cells that one request may ask for, with room below the limit of the API. */
const MAX_CELLS = 4_000
/** Boxes that a filter of one cluster may have. */
const MAX_BOXES = 24

/** Return the grid of a view: cells of about 64 pixels, aligned so that moving a little asks for the same again. */
export function gridOf(view: View, size: Size): { degrees: number; bbox: [number, number, number, number] } {
  const [west, south, east, north] = extentOf(view, size)
  const spans = [east - west, north - south] as const
  let level = Math.max(3, Math.round(view.zoom) + 2)
  while ((spans[0] / 360) * 2 ** level * ((spans[1] / 360) * 2 ** level) > MAX_CELLS) level -= 1
  const degrees = 360 / 2 ** level
  const down = (value: number, from: number) => Math.floor((value - from) / degrees) * degrees + from
  const up = (value: number, from: number) => Math.ceil((value - from) / degrees) * degrees + from
  const [left, right] = [down(west, -180), up(east, -180)]
  const along = [Math.max(-90, down(south, -90)), Math.min(90, up(north, -90))] as const
  if (right - left >= 360) return { degrees, bbox: [-180, along[0], 180, along[1]] }
  const turns = (value: number) => value - Math.floor((value + 180) / 360) * 360
  const end = turns(right)
  return { degrees, bbox: [turns(left), along[0], end === -180 ? 180 : end, along[1]] }
}

/** Return the radius of a circle in pixels: ten times as many assets are a step more. */
export const radiusOf = (count: number): number => 12 + 4 * Math.log10(count)

/** Return the clusters of cells, the largest first: a circle takes in smaller ones that it overlaps. */
export function clustersOf(cells: readonly Cell[], zoom: number, middle: number): Cluster[] {
  const size = worldSize(zoom)
  let clusters = cells.map(
    ({ count, longitude, latitude, bbox, asset_id }): Cluster => ({
      count,
      longitude: longitude + 360 * Math.round((middle - longitude) / 360),
      latitude,
      boxes: [bbox],
      asset: asset_id,
      radius: radiusOf(count),
    }),
  )
  for (let before = -1; before !== clusters.length; ) {
    before = clusters.length
    clusters = joined(clusters, size)
  }
  return clusters
}

/** Return the clusters whose middle a view shows: cells reach beyond its edges. */
export function inView(clusters: readonly Cluster[], view: View, size: Size): Cluster[] {
  return clusters.filter(({ longitude, latitude }) => {
    const [x, y] = toScreen(view, size, longitude, latitude)
    return x >= 0 && y >= 0 && x <= size[0] && y <= size[1]
  })
}

function joined(clusters: readonly Cluster[], size: number): Cluster[] {
  const found: { cluster: Cluster; at: Point }[] = []
  for (const each of [...clusters].sort((one, other) => other.count - one.count)) {
    const at = place(each, size)
    const other = found.find(
      ({ cluster, at: [x, y] }) =>
        Math.hypot(x - at[0], y - at[1]) < cluster.radius + each.radius &&
        cluster.boxes.length + each.boxes.length <= MAX_BOXES,
    )
    if (other) {
      other.cluster = union(other.cluster, each)
      other.at = place(other.cluster, size)
    } else found.push({ cluster: each, at })
  }
  return found.map(({ cluster }) => cluster)
}

function place({ longitude, latitude }: Cluster, size: number): Point {
  const [x, y] = project(longitude, latitude)
  return [x * size, y * size]
}

function union(one: Cluster, other: Cluster): Cluster {
  const count = one.count + other.count
  const mean = (a: number, b: number) => (a * one.count + b * other.count) / count
  return {
    count,
    longitude: mean(one.longitude, other.longitude),
    latitude: mean(one.latitude, other.latitude),
    boxes: [...one.boxes, ...other.boxes],
    asset: one.asset,
    radius: radiusOf(count),
  }
}

/** Return the smallest extent that holds boxes: it may lie across the antimeridian. */
export function extentOfBoxes(boxes: readonly Box[]): Extent | undefined {
  const sorted = [...boxes].sort((one, other) => one[0] - other[0])
  const [first] = sorted
  if (!first) return undefined
  const [south, north] = [Math.min(...boxes.map((box) => box[1])), Math.max(...boxes.map((box) => box[3]))]
  // The extent is what the widest gap between boxes leaves.
  let [end, gap, start, stop] = [first[2], 0, first[0], first[2]]
  for (const [west, , east] of sorted.slice(1)) {
    if (west - end > gap) [gap, start, stop] = [west - end, west, end]
    end = Math.max(end, east)
  }
  const isAround = first[0] + 360 - end >= gap
  return isAround ? [first[0], south, end, north] : [start, south, stop + 360, north]
}

/** Digits of degrees in an address: a tenth of a metre. */
const DIGITS = 6

/** Return boxes rounded outward, as an address has them and a filter takes them: none is without width or height. */
export function rounded(boxes: readonly Box[]): Box[] {
  const least = 10 ** -DIGITS
  const down = (value: number) => Number((Math.floor(value / least) * least).toFixed(DIGITS))
  const up = (value: number, than: number) =>
    Number(Math.max(Math.ceil(value / least) * least, than + least).toFixed(DIGITS))
  return boxes.map(([west, south, east, north]) => {
    const [left, bottom] = [Math.min(down(west), 180 - least), Math.min(down(south), 90 - least)]
    return [left, bottom, Math.min(180, up(east, left)), Math.min(90, up(north, bottom))]
  })
}
