/** PNG of grey samples of 16 bits, of which a canvas would give 8 (PNG specification, third edition; not interlaced). */

export interface GreyPng {
  width: number
  height: number
  /** By rows, from the top. */
  samples: Uint16Array
  /** The texts of tEXt chunks by keyword. */
  texts: ReadonlyMap<string, string>
}

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]
const CHUNK_FRAME = 12
const SAMPLE_BYTES = 2
/** Bit depth 16, colour type grey, and the only compression, filter method and interlacing that are read here. */
const HEADER_END = [16, 0, 0, 0, 0]

/** Return the samples and texts of a file. Rejects for any other kind of file, and for damage. */
export async function decodePng(file: ArrayBuffer): Promise<GreyPng> {
  const [bytes, view] = [new Uint8Array(file), new DataView(file)]
  if (SIGNATURE.some((byte, at) => bytes[at] !== byte)) throw new Error('This is no PNG.')
  const texts = new Map<string, string>()
  const packed: Uint8Array<ArrayBuffer>[] = []
  let [width, height] = [0, 0]
  for (let at = SIGNATURE.length; at + CHUNK_FRAME <= bytes.length; ) {
    const body = bytes.subarray(at + 8, at + 8 + view.getUint32(at))
    const kind = latin(bytes.subarray(at + 4, at + 8))
    if (kind === 'IHDR') {
      ;[width, height] = [view.getUint32(at + 8), view.getUint32(at + 12)]
      if (HEADER_END.some((byte, part) => body[8 + part] !== byte)) throw new Error('This PNG is not grey of 16 bits.')
    } else if (kind === 'IDAT') packed.push(body)
    else if (kind === 'tEXt') {
      const [keyword = '', text = ''] = latin(body).split('\0')
      texts.set(keyword, text)
    }
    at += CHUNK_FRAME + body.length
  }
  const rows = new Uint8Array(await inflated(packed))
  const stride = width * SAMPLE_BYTES
  if (!width || rows.length !== height * (stride + 1)) throw new Error('This PNG is not complete.')
  const samples = new Uint16Array(width * height)
  for (let row = 0; row < height; row += 1) {
    const line = unfiltered(rows, row * (stride + 1), stride, row > 0)
    for (let x = 0; x < width; x += 1)
      samples[row * width + x] = ((line[2 * x] as number) << 8) | (line[2 * x + 1] as number)
  }
  return { width, height, samples, texts }
}

/** Undo the filter of a row in place, with the row above undone already (section 9.2); returns the row. */
function unfiltered(rows: Uint8Array, start: number, stride: number, hasAbove: boolean): Uint8Array {
  const filter = rows[start]
  const line = rows.subarray(start + 1, start + 1 + stride)
  const above = hasAbove ? rows.subarray(start - stride, start) : new Uint8Array(stride)
  for (let at = 0; at < stride; at += 1) {
    const left = at < SAMPLE_BYTES ? 0 : (line[at - SAMPLE_BYTES] as number)
    const up = above[at] as number
    const corner = at < SAMPLE_BYTES ? 0 : (above[at - SAMPLE_BYTES] as number)
    line[at] = (line[at] as number) + predicted(filter, left, up, corner) // modulo 256, by the type of the array
  }
  return line
}

function predicted(filter: number | undefined, left: number, up: number, corner: number): number {
  if (filter === 0) return 0
  if (filter === 1) return left
  if (filter === 2) return up
  if (filter === 3) return (left + up) >> 1
  if (filter !== 4) throw new Error('This PNG has an unknown filter.')
  const [toLeft, toUp, toCorner] = [Math.abs(up - corner), Math.abs(left - corner), Math.abs(left + up - 2 * corner)]
  if (toLeft <= toUp && toLeft <= toCorner) return left
  return toUp <= toCorner ? up : corner
}

function inflated(packed: Uint8Array<ArrayBuffer>[]): Promise<ArrayBuffer> {
  return new Response(new Blob(packed).stream().pipeThrough(new DecompressionStream('deflate'))).arrayBuffer()
}

function latin(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes)
}
