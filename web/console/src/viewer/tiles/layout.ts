/** Levels and tiles of a large picture: which level suits a scale, and which of its tiles lie in view. */
import type { Bounds, Size } from '../../drawing'

/** Tiles of a picture as the API describes them (docs/derivatives.md, "Tiles of a large picture"). */
export interface TileSource {
  width: number
  height: number
  tile_size: number
  /** From the smallest to the full size. */
  levels: readonly { width: number; height: number }[]
}

export interface Tile {
  level: number
  column: number
  row: number
}

/** Enlargement up to which a level is used in the place of the next one, which has four times as many tiles. */
const MAX_ENLARGED = 1.25

export const keyOf = ({ level, column, row }: Tile): string => `${level}/${column}/${row}`

/**
 * Return the smallest level that is sharp at a scale, in device pixels for each pixel of the picture; undefined where
 * a picture of `baseWidth` pixels is as good.
 */
export function levelAt(source: TileSource, scale: number, baseWidth: number): number | undefined {
  const needed = (scale * source.width) / MAX_ENLARGED
  const found = source.levels.findIndex(({ width }) => width >= needed)
  const level = found < 0 ? source.levels.length - 1 : found
  return Math.min(needed, source.levels[level]?.width ?? 0) <= baseWidth ? undefined : level
}

/** Return the part of the picture that a tile shows, in pixels of the picture. */
export function boundsOf(source: TileSource, { level, column, row }: Tile): Bounds {
  const step = source.tile_size * 2 ** (source.levels.length - 1 - level)
  const [right, bottom] = [Math.min(source.width, (column + 1) * step), Math.min(source.height, (row + 1) * step)]
  return [column * step, row * step, right, bottom]
}

/** Return the tiles of a level that reach into a part of the picture, those near its middle first. */
export function tilesIn(source: TileSource, level: number, [left, top, right, bottom]: Bounds): Tile[] {
  const step = source.tile_size * 2 ** (source.levels.length - 1 - level)
  const range = (from: number, to: number, length: number): readonly [number, number] => [
    Math.max(0, Math.floor(from / step)),
    Math.min(Math.ceil(length / step), Math.ceil(to / step)),
  ]
  const [columns, rows] = [range(left, right, source.width), range(top, bottom, source.height)]
  const tiles: Tile[] = []
  for (let row = rows[0]; row < rows[1]; row += 1)
    for (let column = columns[0]; column < columns[1]; column += 1) tiles.push({ level, column, row })
  const middle: Size = [(left + right) / 2, (top + bottom) / 2]
  const distance = (tile: Tile): number =>
    Math.hypot((tile.column + 0.5) * step - middle[0], (tile.row + 0.5) * step - middle[1])
  return tiles.sort((one, other) => distance(one) - distance(other))
}
