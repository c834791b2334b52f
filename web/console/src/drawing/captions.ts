/** Captions on a canvas: only legible ones, 300 at most, without overlap. */
import { hexadecimal, textOn } from './colours'
import type { Size } from './geometry/points'
import { type ColourMode, colourIn } from './modes'
import type { Shape } from './shapes'
import { toScreen, type Viewport } from './viewport'

export const MAX_CAPTIONS = 300
/** Height on the screen of the smallest shape that has a caption, in CSS pixels. */
export const MIN_HEIGHT = 12
/** Share of the view that captions may hide, as in pictures that the server draws. */
const MAX_COVERED_SHARE = 0.2
const FONT = '600 12px system-ui, sans-serif'
const HEIGHT = 17
const PAD = 4
const CELL = 8

export interface Place {
  viewport: Viewport
  view: Size
}

const widths = new Map<string, number>()

/** Write the captions of shapes; those on top of the others come first. */
export function writeCaptions(
  context: CanvasRenderingContext2D,
  shapes: readonly Shape[],
  { viewport, view }: Place,
  mode: ColourMode,
): void {
  const taken = new Set<number>()
  let [written, unplaced, covered] = [0, 0, 0]
  const maxCovered = view[0] * view[1] * MAX_COVERED_SHARE
  context.font = FONT
  context.textBaseline = 'middle'
  for (const shape of shapes.toReversed()) {
    if (written >= MAX_CAPTIONS || covered > maxCovered) return
    if (!shape.caption) continue
    const width = widthOf(context, shape.caption) + 2 * PAD
    let corner: readonly [number, number]
    if (shape.bounds) {
      const [left, top] = toScreen(viewport, [shape.bounds[0], shape.bounds[1]])
      if ((shape.bounds[3] - shape.bounds[1]) * viewport.scale < MIN_HEIGHT) continue
      corner = [left - 1, top >= HEIGHT ? top - HEIGHT : Math.max(0, top)]
    } else {
      corner = [PAD, PAD + (HEIGHT + 2) * unplaced]
      unplaced += 1
    }
    const x = Math.max(0, Math.min(corner[0], view[0] - width))
    const y = Math.max(0, Math.min(corner[1], view[1] - HEIGHT))
    if (!take(taken, x, y, width)) continue
    written += 1
    covered += width * HEIGHT
    const colour = colourIn(mode, shape)
    context.fillStyle = hexadecimal(colour)
    context.fillRect(x, y, width, HEIGHT)
    context.fillStyle = hexadecimal(textOn(colour))
    context.fillText(shape.caption, x + PAD, y + HEIGHT / 2 + 0.5)
  }
}

/** Take the cells of a caption, unless one of them is taken. */
function take(taken: Set<number>, x: number, y: number, width: number): boolean {
  const cells: number[] = []
  for (let down = Math.floor(y / CELL); down * CELL < y + HEIGHT; down += 1) {
    for (let across = Math.floor(x / CELL); across * CELL < x + width; across += 1) {
      const cell = down * 65_536 + across
      if (taken.has(cell)) return false
      cells.push(cell)
    }
  }
  for (const cell of cells) taken.add(cell)
  return true
}

function widthOf(context: CanvasRenderingContext2D, text: string): number {
  const known = widths.get(text)
  if (known !== undefined) return known
  if (widths.size > 5000) widths.clear()
  const { width } = context.measureText(text)
  widths.set(text, width)
  return width
}
