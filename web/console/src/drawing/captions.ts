/** Captions on a canvas: only legible ones, 300 at most, without overlap. */
import { hexadecimal, textOn } from './colours'
import type { Bounds, Point, Size } from './geometry/points'
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

/** Captions of one drawing: where they are, so that those of active shapes drawn over it agree with them. */
export class Captions {
  #taken = new Set<number>()
  #corners = new Map<string, Point>()

  /** Write the captions of shapes anew; those on top of the others come first, and one without a free place is left out. */
  write(
    context: CanvasRenderingContext2D,
    shapes: readonly Shape[],
    { viewport, view }: Place,
    mode: ColourMode,
  ): void {
    this.#taken.clear()
    this.#corners.clear()
    let [unplaced, covered] = [0, 0]
    const maxCovered = view[0] * view[1] * MAX_COVERED_SHARE
    begin(context)
    for (const shape of shapes.toReversed()) {
      if (this.#corners.size >= MAX_CAPTIONS || covered > maxCovered) return
      if (!shape.caption) continue
      const width = widthOf(context, shape.caption) + 2 * PAD
      let corners: Point[]
      if (shape.bounds) {
        if ((shape.bounds[3] - shape.bounds[1]) * viewport.scale < MIN_HEIGHT) continue
        corners = cornersOf(shape.bounds, width, viewport, view)
      } else {
        corners = [inside([PAD, PAD + (HEIGHT + 2) * unplaced], width, view)]
        unplaced += 1
      }
      const corner = corners.find((each) => this.#isFree(cellsOf(each, width)))
      if (!corner) continue
      for (const cell of cellsOf(corner, width)) this.#taken.add(cell)
      this.#corners.set(shape.annotation.annotation_id, corner)
      covered += width * HEIGHT
      paint(context, shape, corner, width, mode)
    }
  }

  /** Write the captions of active shapes over those of `write`: each where it is, or else where none is. */
  writeOver(
    context: CanvasRenderingContext2D,
    shapes: readonly Shape[],
    { viewport, view }: Place,
    mode: ColourMode,
  ): void {
    begin(context)
    for (const shape of shapes) {
      if (!shape.caption) continue
      const width = widthOf(context, shape.caption) + 2 * PAD
      const corners = shape.bounds ? cornersOf(shape.bounds, width, viewport, view) : []
      const corner =
        this.#corners.get(shape.annotation.annotation_id) ??
        corners.find((each) => this.#isFree(cellsOf(each, width))) ??
        corners[0]
      if (corner) paint(context, shape, corner, width, mode)
    }
  }

  #isFree(cells: readonly number[]): boolean {
    return !cells.some((cell) => this.#taken.has(cell))
  }
}

/** Return where the caption of a shape may be, the best first, as in pictures of the server: outside, then inside. */
function cornersOf(bounds: Bounds, width: number, viewport: Viewport, view: Size): Point[] {
  const [left, top] = toScreen(viewport, [bounds[0], bounds[1]])
  const [right, bottom] = toScreen(viewport, [bounds[2], bounds[3]])
  const corners: Point[] = [
    [left - 1, top - HEIGHT],
    [left - 1, bottom],
    [left - 1, top],
    [right + 1 - width, top - HEIGHT],
    [right + 1 - width, bottom],
  ]
  return corners.map((corner) => inside(corner, width, view))
}

function inside([x, y]: Point, width: number, view: Size): Point {
  return [Math.max(0, Math.min(x, view[0] - width)), Math.max(0, Math.min(y, view[1] - HEIGHT))]
}

function cellsOf([x, y]: Point, width: number): number[] {
  const cells: number[] = []
  for (let down = Math.floor(y / CELL); down * CELL < y + HEIGHT; down += 1)
    for (let across = Math.floor(x / CELL); across * CELL < x + width; across += 1) cells.push(down * 65_536 + across)
  return cells
}

function begin(context: CanvasRenderingContext2D): void {
  context.font = FONT
  context.textBaseline = 'middle'
}

function paint(context: CanvasRenderingContext2D, shape: Shape, [x, y]: Point, width: number, mode: ColourMode): void {
  const colour = colourIn(mode, shape)
  context.fillStyle = hexadecimal(colour)
  context.fillRect(x, y, width, HEIGHT)
  context.fillStyle = hexadecimal(textOn(colour))
  context.fillText(shape.caption, x + PAD, y + HEIGHT / 2 + 0.5)
}

function widthOf(context: CanvasRenderingContext2D, text: string): number {
  const known = widths.get(text)
  if (known !== undefined) return known
  if (widths.size > 5000) widths.clear()
  const { width } = context.measureText(text)
  widths.set(text, width)
  return width
}
