/** Heatmaps: the heat of each cell, 0 to 255, the more opaque the hotter. Port of `foveal/render/draw/heatmaps.py`. */

export interface HeatmapGrid {
  dtype: string
  /** Height, width. */
  size: readonly number[]
  values?: string
  range?: readonly number[]
}

export interface Heat {
  width: number
  height: number
  cells: Uint8Array
}

const MAX_CELLS = 2 ** 24
const DEFAULT_RANGES: Record<string, readonly [number, number]> = {
  uint8: [0, 255],
  uint16: [0, 65_535],
  float32: [0, 1],
}
const BYTES: Record<string, number> = { uint8: 1, uint16: 2, float32: 4 }

/** Read the `map` of an annotation. Rejects with RangeError for values that do not fill the grid. */
export async function heatOf(grid: HeatmapGrid): Promise<Heat> {
  const [height = 0, width = 0] = grid.size
  const bytes = BYTES[grid.dtype]
  if (!bytes || !(height > 0 && width > 0 && height * width <= MAX_CELLS))
    throw new RangeError('The grid is too large.')
  const raw = await inflated(Uint8Array.from(atob(grid.values ?? ''), (each) => each.charCodeAt(0)))
  if (raw.byteLength !== height * width * bytes) throw new RangeError('The values of a heatmap do not fill its grid.')
  const [low = 0, high = 1] = grid.range ?? (DEFAULT_RANGES[grid.dtype] as readonly number[])
  const view = new DataView(raw)
  const read = (at: number): number =>
    bytes === 1 ? view.getUint8(at) : bytes === 2 ? view.getUint16(2 * at, true) : view.getFloat32(4 * at, true)
  const cells = Uint8Array.from({ length: height * width }, (_, at) => {
    const spread = (read(at) - low) / (high - low || 1)
    return Math.floor(Math.min(1, Math.max(0, spread || 0)) * 255 + 0.5)
  })
  return { width, height, cells }
}

async function inflated(zlib: Uint8Array<ArrayBuffer>): Promise<ArrayBuffer> {
  return new Response(new Blob([zlib]).stream().pipeThrough(new DecompressionStream('deflate'))).arrayBuffer()
}
