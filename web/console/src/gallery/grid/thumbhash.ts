/** Placeholders of pictures: ThumbHash (https://evanw.github.io/thumbhash/), decoded to a few blurred pixels. */

const SIDE = 16

/** Return 16 × 16 RGBA pixels of a hash in base64; null where it is none. Transparency is left out. */
export function placeholder(hash: string): Uint8ClampedArray<ArrayBuffer> | null {
  let bytes: Uint8Array
  try {
    bytes = Uint8Array.from(atob(hash), (each) => each.charCodeAt(0))
  } catch {
    return null
  }
  if (bytes.length < 5) return null
  const at = (index: number) => bytes[index] ?? 0
  const head = at(0) | (at(1) << 8) | (at(2) << 16)
  const tail = at(3) | (at(4) << 8)
  const hasAlpha = head >> 23
  const isLandscape = tail >> 15
  const long = hasAlpha ? 5 : 7
  const nx = Math.max(3, isLandscape ? long : tail & 7)
  const ny = Math.max(3, isLandscape ? tail & 7 : long)
  let nibble = hasAlpha ? 12 : 10
  const channel = (columns: number, rows: number, scale: number): Term[] => {
    const terms: Term[] = []
    for (let y = 0; y < rows; y += 1)
      for (let x = y ? 0 : 1; x * rows < columns * (rows - y); x += 1) {
        const value = (at(nibble >> 1) >> ((nibble & 1) << 2)) & 15
        nibble += 1
        terms.push({ x, y, value: (value / 7.5 - 1) * scale })
      }
    return terms
  }
  const lightness = channel(nx, ny, ((head >> 18) & 31) / 31)
  // Saturation is raised by a quarter against the quantization, as the format says.
  const p = channel(3, 3, (((tail >> 3) & 63) / 63) * 1.25)
  const q = channel(3, 3, (((tail >> 9) & 63) / 63) * 1.25)

  const pixels = new Uint8ClampedArray(SIDE * SIDE * 4)
  for (let y = 0; y < SIDE; y += 1)
    for (let x = 0; x < SIDE; x += 1) {
      const l = (head & 63) / 63 + valueAt(lightness, x, y)
      const yellow = ((head >> 6) & 63) / 31.5 - 1 + valueAt(p, x, y)
      const red = ((head >> 12) & 63) / 31.5 - 1 + valueAt(q, x, y)
      const b = l - (2 / 3) * yellow
      const r = (3 * l - b + red) / 2
      pixels.set([r * 255, (r - red) * 255, b * 255, 255], (y * SIDE + x) * 4)
    }
  return pixels
}

interface Term {
  x: number
  y: number
  value: number
}

/** Cosines of the transform, by frequency and pixel. */
const COSINES = Array.from({ length: 8 }, (_, frequency) =>
  Array.from({ length: SIDE }, (_, pixel) => Math.cos((Math.PI / SIDE) * (pixel + 0.5) * frequency)),
)

function valueAt(terms: readonly Term[], x: number, y: number): number {
  let sum = 0
  for (const term of terms) sum += term.value * (COSINES[term.x]?.[x] ?? 0) * (COSINES[term.y]?.[y] ?? 0) * 2
  return sum
}

/** Paint the placeholder of a hash into a canvas. */
export function paint(canvas: HTMLCanvasElement, hash: string): void {
  const pixels = placeholder(hash)
  if (!pixels) return
  canvas.width = SIDE
  canvas.height = SIDE
  canvas.getContext('2d')?.putImageData(new ImageData(pixels, SIDE, SIDE), 0, 0)
}
