/**
 * Justified rows: pictures of one height side by side, as wide as the page.
 *
 * Rows are broken from the start, so that they stay where they are when further pictures follow; only the last rows of
 * a section share what is left among them, so that no row of a section is half empty.
 */

export interface Box {
  /** Position in the section, from 0. */
  index: number
  x: number
  width: number
}

export interface Row {
  /** Distance from the top of the section in CSS pixels. */
  y: number
  height: number
  boxes: Box[]
}

export interface Grid {
  /** Width of the page in CSS pixels. */
  width: number
  /** Height of a row that is aimed at. */
  rowHeight: number
  gap: number
}

export interface Justified {
  rows: Row[]
  /** Height with the gap below the last row. */
  height: number
}

/** Rows at the end of a section that share its last pictures. */
const SHARED_ROWS = 3
const MIN_RATIO = 0.5
const MAX_RATIO = 3

/** Return the ratio of width to height that a picture is shown with: extreme ones are cropped, unknown ones are 4:3. */
export function shownRatio(width?: number | null, height?: number | null): number {
  if (!width || !height) return 4 / 3
  return Math.min(MAX_RATIO, Math.max(MIN_RATIO, width / height))
}

/** Return the height of the rows of `count` pictures of a mean ratio, before any of them is known. */
export function estimatedHeight(count: number, meanRatio: number, { width, rowHeight, gap }: Grid): number {
  if (count === 0) return 0
  const perRow = Math.max(1, (width + gap) / (meanRatio * rowHeight + gap))
  return Math.max(1, Math.round(count / perRow)) * (rowHeight + gap)
}

/** Return the rows of pictures by their ratios of width to height; `isLast` leaves a last row that is not full as it is. */
export function justify(ratios: readonly number[], grid: Grid, isLast = false): Justified {
  const starts = breaks(ratios, 0, ratios.length, grid, 1)
  const tail = starts.slice(-SHARED_ROWS)
  const from = tail[0] ?? 0
  const fullness = sum(ratios, from, ratios.length) / ideal(grid)
  const shared = Math.max(1, Math.round(fullness))
  const isHalfEmpty = isLast || (starts.length === 1 && fullness < 0.75)
  const all = isHalfEmpty ? starts : [...starts.slice(0, -SHARED_ROWS), ...evenly(ratios, from, shared)]
  return placed(ratios, all, grid, isHalfEmpty)
}

/** Ratio of a row whose height is the one that is aimed at. */
const ideal = ({ width, rowHeight }: Grid): number => width / rowHeight

function sum(ratios: readonly number[], from: number, to: number): number {
  let total = 0
  for (let index = from; index < to; index += 1) total += ratios[index] ?? 1
  return total
}

/** Return where rows start that are filled up to the width one after another. */
function breaks(ratios: readonly number[], from: number, to: number, grid: Grid, scale: number): number[] {
  const starts: number[] = []
  let filled = Number.POSITIVE_INFINITY
  for (let index = from; index < to; index += 1) {
    const ratio = ratios[index] ?? 1
    const target = ideal(grid) * scale
    // A picture that would hang over belongs to the row from which the width is less far away.
    if (filled + ratio > target && filled + ratio - target > target - filled) {
      starts.push(index)
      filled = 0
    }
    filled += ratio
  }
  return starts
}

/** Return where rows start that share the pictures from `from` on as evenly as their order allows. */
function evenly(ratios: readonly number[], from: number, rows: number): number[] {
  const part = sum(ratios, from, ratios.length) / rows
  const starts: number[] = []
  let filled = 0
  for (let index = from; index < ratios.length; index += 1) {
    const ratio = ratios[index] ?? 1
    if (starts.length < rows && filled + ratio / 2 >= part * starts.length) starts.push(index)
    filled += ratio
  }
  return starts
}

function placed(ratios: readonly number[], starts: readonly number[], grid: Grid, isHalfEmpty: boolean): Justified {
  const rows: Row[] = []
  let y = 0
  starts.forEach((start, number) => {
    const end = starts[number + 1] ?? ratios.length
    const room = grid.width - grid.gap * (end - start - 1)
    const full = room / sum(ratios, start, end)
    const isOpen = isHalfEmpty && end === ratios.length && full > grid.rowHeight * 1.2
    const height = Math.round(isOpen ? grid.rowHeight : Math.min(full, grid.rowHeight * 2.5))
    const boxes: Box[] = []
    let x = 0
    for (let index = start; index < end; index += 1) {
      const isEnd = index === end - 1 && !isOpen && full <= grid.rowHeight * 2.5
      const width = isEnd ? grid.width - x : Math.round((ratios[index] ?? 1) * (isOpen ? height : full))
      boxes.push({ index, x, width: Math.min(width, grid.width) })
      x += width + grid.gap
    }
    rows.push({ y, height, boxes })
    y += height + grid.gap
  })
  return { rows, height: y }
}
