// @vitest-environment happy-dom
import { act, type ReactElement } from 'react'
import { createRoot } from 'react-dom/client'
import { afterEach, expect, test, vi } from 'vitest'
import { InOrder, useFirstAnswer } from '../../src/ui/in-order'

Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true })

function Loads({ name, isPending }: { name: string; isPending: boolean }): ReactElement {
  useFirstAnswer({ isPending })
  return <p>{name}</p>
}

function shown(pending: string): string {
  act(() =>
    root.render(
      <InOrder>
        <p>a</p>
        <div>
          <Loads name="b" isPending={pending.includes('b')} />
          <Loads name="c" isPending={pending.includes('c')} />
        </div>
        {null}
        <Loads name="d" isPending={pending.includes('d')} />
        <p>e</p>
      </InOrder>,
    ),
  )
  return [...place.children].map((part) => ((part as HTMLElement).hidden ? '' : part.textContent)).join('')
}

afterEach(() => {
  vi.useRealTimers()
  act(() => root.render(null))
})

const place = document.createElement('main')
const root = createRoot(place)

test('parts are shown up to the first that waits for an answer, in whatever order the answers come', () => {
  expect(shown('bcd')).toBe('abc')
  expect(shown('bc')).toBe('abc')
  expect(shown('c')).toBe('abc')
  expect(shown('cd')).toBe('abc')
  expect(place.textContent).toBe('abcde')
  expect(shown('d')).toBe('abcd')
  expect(shown('')).toBe('abcde')
})

test('parts that were shown stay when one above them waits again', () => {
  expect(shown('')).toBe('abcde')
  expect(shown('b')).toBe('abcde')
})

test('parts that never answer go to the end after a while, and stay there with their answers', () => {
  vi.useFakeTimers()
  expect(shown('bd')).toBe('abc')
  act(() => vi.advanceTimersByTime(4_900))
  expect(shown('bd')).toBe('abc')
  act(() => vi.advanceTimersByTime(200))
  expect(shown('bd')).toBe('aebcd')
  expect(shown('')).toBe('aebcd')
})
