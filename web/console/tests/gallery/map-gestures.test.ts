// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { listen, type Surface } from '../../src/gallery/map/gestures'
import { type Point, toPosition, type View } from '../../src/gallery/map/projection'

const SIZE = [700, 500] as const
const START: View = { longitude: 10, latitude: 50, zoom: 6 }
let surface: Surface
let element: HTMLElement
let end: () => void

beforeEach(() => {
  element = document.createElement('div')
  element.innerHTML = '<i data-place="3"></i>'
  element.setPointerCapture = () => {}
  surface = {
    view: START,
    size: SIZE,
    isBoxing: false,
    move: vi.fn((view: View) => {
      surface.view = view
    }),
    box: vi.fn(),
    boxed: vi.fn(),
    tap: vi.fn(),
  }
  end = listen(element, () => surface)
})
afterEach(() => end())

function point(type: string, [clientX, clientY]: Point, more: PointerEventInit = {}, target: Element = element): void {
  target.dispatchEvent(new PointerEvent(type, { clientX, clientY, button: 0, pointerId: 1, bubbles: true, ...more }))
}

it('moves the position under the pointer with it', () => {
  const grabbed = toPosition(START, SIZE, [300, 200])
  point('pointerdown', [300, 200])
  point('pointermove', [340, 230])
  point('pointermove', [400, 260])
  point('pointerup', [400, 260])
  const now = toPosition(surface.view, SIZE, [400, 260])
  expect(now).toEqual([expect.closeTo(grabbed[0], 6), expect.closeTo(grabbed[1], 6)])
  expect(surface.tap).not.toHaveBeenCalled()
})

it('zooms by two fingers around the place between them', () => {
  point('pointerdown', [300, 250])
  point('pointerdown', [400, 250], { pointerId: 2 })
  const between = toPosition(START, SIZE, [350, 250])
  for (let step = 1; step <= 50; step += 1) {
    point('pointermove', [300 - step, 250])
    point('pointermove', [400 + step, 250], { pointerId: 2 })
  }
  expect(surface.view.zoom).toBeCloseTo(7, 6)
  const now = toPosition(surface.view, SIZE, [350, 250])
  expect(now).toEqual([expect.closeTo(between[0], 4), expect.closeTo(between[1], 4)])
  point('pointerup', [250, 250])
  point('pointerup', [450, 250], { pointerId: 2 })
  expect(surface.tap).not.toHaveBeenCalled()
})

it.each([{ shiftKey: true }, {}])('drags a box with Shift, or where boxes are asked for (%j)', (keys) => {
  surface.isBoxing = !keys.shiftKey
  point('pointerdown', [100, 100], keys)
  point('pointermove', [180, 160], keys)
  expect(surface.box).toHaveBeenLastCalledWith([
    [100, 100],
    [180, 160],
  ])
  point('pointerup', [200, 170], keys)
  expect(surface.box).toHaveBeenLastCalledWith(undefined)
  expect(surface.boxed).toHaveBeenCalledExactlyOnceWith([
    [100, 100],
    [200, 170],
  ])
  expect(surface.move).not.toHaveBeenCalled()
})

it('tells a tap from a drag, and what was tapped', () => {
  const place = element.firstElementChild as Element
  point('pointerdown', [50, 50], {}, place)
  point('pointermove', [52, 51])
  point('pointerup', [52, 51])
  expect(surface.tap).toHaveBeenCalledExactlyOnceWith(place)
  point('pointerdown', [50, 50], { button: 2 })
  point('pointerup', [50, 50], { button: 2 })
  expect(surface.tap).toHaveBeenCalledTimes(1)
})

it('leaves out a box and a tap that are cancelled', () => {
  point('pointerdown', [50, 50], { shiftKey: true })
  point('pointermove', [90, 90])
  point('pointercancel', [90, 90])
  point('pointerdown', [50, 50])
  point('pointercancel', [50, 50])
  expect([surface.boxed, surface.tap].map((each) => vi.mocked(each).mock.calls)).toEqual([[], []])
})

it('zooms by the wheel, at most one step for each event, and keeps the page where it is', () => {
  const event = (deltaY: number, more: WheelEventInit = {}) => {
    const wheel = new WheelEvent('wheel', { deltaY, cancelable: true, ...more })
    element.dispatchEvent(wheel)
    expect(wheel.defaultPrevented).toBe(true)
  }
  event(-150)
  expect(surface.view.zoom).toBeCloseTo(6.5, 9)
  event(9000)
  expect(surface.view.zoom).toBeCloseTo(5.5, 9)
  event(-15, { deltaMode: 1 })
  expect(surface.view.zoom).toBeCloseTo(6.5, 9)
})
