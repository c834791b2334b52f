/**
 * Map between a scroll box and a layout that is higher than browsers allow.
 *
 * A scroll box ends at 2^24 device pixels or thereabouts, so its height is capped, and its position stands for the
 * place in the layout in proportion. A small step moves both by the same distance, as a wheel or a finger expects it;
 * the difference is made up for when the box rests. Near the ends of the box steps are in proportion again, so that
 * both ends of the layout are reached.
 */

/** Greatest height of the scroll box in device pixels: below the limits of Chrome (2^24) and Firefox (17.9 million). */
export const MAX_BOX_PX = 15_000_000

/** Distance from an end of the box, in heights of the view, below which steps are in proportion. */
const NEAR_END = 4
/** Steps above this many heights of the view are jumps: a dragged scroll bar, Home, End. */
const JUMP = 2

export class ScrollMap {
  /** Height of the layout, of the view, and of the box that is scrolled. */
  layout = 0
  view = 1
  box = 0
  /** Place of the view's upper edge in the layout. */
  offset = 0
  #scrollTop = 0

  constructor(private readonly deviceRatio = globalThis.devicePixelRatio || 1) {}

  /** Take the sizes of layout and view; the place in the layout stays. */
  resize(layout: number, view: number): void {
    this.layout = Math.max(layout, view)
    this.view = Math.max(1, view)
    this.box = Math.min(this.layout, Math.floor(MAX_BOX_PX / this.deviceRatio))
    this.offset = clamp(this.offset, 0, this.layout - this.view)
  }

  get isScaled(): boolean {
    return this.box < this.layout
  }

  /** Distance from places in the layout to places in the box: what is at `y` in the layout is drawn at `y + shift`. */
  get shift(): number {
    return this.#scrollTop - this.offset
  }

  /** Position of the box that stands for the place in the layout. */
  get restPosition(): number {
    const room = this.layout - this.view
    return room <= 0 ? 0 : (this.offset / room) * (this.box - this.view)
  }

  /** Take a new position of the box: move by the step, or jump to the place that it stands for. */
  scrolled(scrollTop: number): void {
    const step = scrollTop - this.#scrollTop
    this.#scrollTop = scrollTop
    if (step === 0) return
    const room = this.box - this.view
    if (room <= 0) {
      this.offset = 0
      return
    }
    if (Math.abs(step) > JUMP * this.view) {
      this.offset = (scrollTop / room) * (this.layout - this.view)
      return
    }
    const before = scrollTop - step
    const [leftBox, leftLayout] =
      step < 0 ? [before, this.offset] : [room - before, this.layout - this.view - this.offset]
    const isNear = leftBox < NEAR_END * this.view
    const factor = isNear && leftBox > 0 ? leftLayout / leftBox : 1
    this.offset = clamp(this.offset + step * factor, 0, this.layout - this.view)
  }

  /** Go to a place in the layout; the box has to be set to `restPosition` and told by `rested`. */
  go(offset: number): void {
    this.offset = clamp(offset, 0, this.layout - this.view)
  }

  /** Take the position that the box was set to; the place in the layout stays. */
  rested(scrollTop: number): void {
    this.#scrollTop = scrollTop
  }
}

const clamp = (value: number, low: number, high: number): number => Math.max(low, Math.min(Math.max(low, high), value))
