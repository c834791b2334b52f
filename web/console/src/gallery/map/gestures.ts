/** Gestures on the map: drag, pinch, wheel, double click, tap, and boxes that are dragged. */
import { type Point, panned, type Size, type View, zoomed } from './projection'

export interface Surface {
  view: View
  size: Size
  /** Whether a drag makes a box, as it does with Shift. */
  isBoxing: boolean
  move: (view: View) => void
  /** Draw the box that is being dragged; undefined when it ends. */
  box: (corners: readonly [Point, Point] | undefined) => void
  boxed: (corners: readonly [Point, Point]) => void
  /** A click or tap that moved nothing, on an element of the map. */
  tap: (target: Element) => void
}

/** Pixels by which a finger may move in a tap. */
const STILL = 5
const STEPS_PER_PIXEL = 1 / 300
/** Lines and pages of a wheel, in pixels. */
const MODES = [1, 20, 400]

/** Listen on an element; returns the end of it. */
export function listen(element: HTMLElement, surface: () => Surface): () => void {
  const end = new AbortController()
  const pointers = new Map<number, Point>()
  let [start, target, isBox, isDragged]: [Point, Element | null, boolean, boolean] = [[0, 0], null, false, false]

  const at = (event: MouseEvent): Point => {
    const { left, top } = element.getBoundingClientRect()
    return [event.clientX - left, event.clientY - top]
  }
  const on = <K extends keyof HTMLElementEventMap>(name: K, act: (event: HTMLElementEventMap[K]) => void): void =>
    element.addEventListener(name, act, { signal: end.signal, passive: false })

  on('pointerdown', (event) => {
    if (event.button !== 0) return
    element.setPointerCapture(event.pointerId)
    pointers.set(event.pointerId, at(event))
    if (pointers.size > 1) {
      isBox = false
      isDragged = true
      surface().box(undefined)
    } else {
      ;[start, target, isDragged] = [at(event), event.target as Element, false]
      isBox = event.shiftKey || surface().isBoxing
    }
  })
  on('pointermove', (event) => {
    const before = pointers.get(event.pointerId)
    if (!before) return
    const now = at(event)
    const { view, size, move, box } = surface()
    if (!isDragged && Math.hypot(now[0] - start[0], now[1] - start[1]) < STILL) return
    isDragged = true
    if (isBox) box([start, now])
    else if (pointers.size === 1) move(panned(view, size, [before[0] - now[0], before[1] - now[1]]))
    else {
      const other = [...pointers].find(([id]) => id !== event.pointerId)?.[1] ?? now
      const [old, distance] = [before, now].map((each) => Math.hypot(each[0] - other[0], each[1] - other[1]))
      const middle = [(now[0] + other[0]) / 2, (now[1] + other[1]) / 2] as const
      const shift = [(before[0] - now[0]) / 2, (before[1] - now[1]) / 2] as const
      move(zoomed(panned(view, size, shift), size, Math.log2((distance || 1) / (old || 1)), middle))
    }
    pointers.set(event.pointerId, now)
  })
  const up = (event: PointerEvent): void => {
    if (!pointers.delete(event.pointerId) || pointers.size > 0) return
    const { box, boxed, tap } = surface()
    if (isBox) box(undefined)
    if (event.type === 'pointercancel') return
    if (isBox && isDragged) boxed([start, at(event)])
    else if (!isDragged && target) tap(target)
  }
  on('pointerup', up)
  on('pointercancel', up)
  on('dblclick', (event) => {
    const { view, size, move } = surface()
    if (!(event.target as Element).closest('[data-place]')) move(zoomed(view, size, 1, at(event)))
  })
  on('wheel', (event) => {
    event.preventDefault()
    const { view, size, move } = surface()
    const pixels = event.deltaY * (MODES[event.deltaMode] ?? 1)
    // Two fingers on a touchpad arrive as a wheel with Control, in small steps.
    const steps = -pixels * STEPS_PER_PIXEL * (event.ctrlKey ? 4 : 1)
    move(zoomed(view, size, Math.min(1, Math.max(-1, steps)), at(event)))
  })
  return () => end.abort()
}
