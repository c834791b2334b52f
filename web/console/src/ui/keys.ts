/** Keys of a screen: one registry that refuses collisions and reserved keys. */
import { useEffect, useRef } from 'react'

export interface Binding {
  id: string
  /** Keys that do it, as `Control+z`, `Shift+ArrowLeft`, `n`; `Control` is also the Command key of a Mac. */
  keys: readonly string[]
  run: (event: KeyboardEvent) => void
  /** Called when the key is let go of. */
  end?: () => void
  /** Whether a key that is held repeats it. */
  repeats?: boolean
}

/** Keys of browsers and of the focus. */
const RESERVED = new Set([
  'Tab',
  'Shift+Tab',
  'F5',
  'Control+r',
  'Control+w',
  'Control+t',
  'Control+n',
  'Control++',
  'Control+-',
])

/** Return the bindings by key. Throws for a reserved key, and for a key that two bindings name. */
export function registry(bindings: readonly Binding[]): Map<string, Binding> {
  const found = new Map<string, Binding>()
  for (const binding of bindings) {
    for (const name of binding.keys) {
      if (RESERVED.has(name)) throw new Error(`${name} belongs to the browser.`)
      const other = found.get(name)
      if (other) throw new Error(`${name} is bound to ${other.id} and to ${binding.id}.`)
      found.set(name, binding)
    }
  }
  return found
}

type Pressed = Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'altKey' | 'shiftKey'>

/** Return the name of a key press; Shift is named where it does not make another character. */
export function nameOf(event: Pressed): string {
  const isLetter = event.key.length === 1
  const key = isLetter && (event.ctrlKey || event.metaKey) ? event.key.toLowerCase() : event.key
  const isShifted = event.shiftKey && (!isLetter || event.ctrlKey || event.metaKey)
  const names = [event.ctrlKey || event.metaKey ? 'Control' : '', event.altKey ? 'Alt' : '', isShifted ? 'Shift' : '']
  return [...names.filter(Boolean), key === ' ' ? 'Space' : key].join('+')
}

/** Elements in which keys write or choose. */
const DEAF = 'input, textarea, select, [contenteditable], [role=combobox], [role=listbox], [role=menu], [role=dialog]'
/** Controls that have a use of their own for these keys. */
const OWN_KEYS: Readonly<Record<string, string>> = {
  Space: 'button, a, [role=row], [role=slider]',
  Enter: 'button, a, [role=row]',
  ArrowUp: '[role=row], [role=grid], [role=tab], [role=slider]',
  ArrowDown: '[role=row], [role=grid], [role=tab], [role=slider]',
  ArrowLeft: '[role=row], [role=grid], [role=tab], [role=slider]',
  ArrowRight: '[role=row], [role=grid], [role=tab], [role=slider]',
}

/** Call bindings for keys pressed within the element, but not where text is written. */
export function useKeys(element: HTMLElement | null, bindings: readonly Binding[]): void {
  const current = useRef(bindings)
  current.current = bindings
  useEffect(() => {
    if (!element) return
    const held = new Map<string, Binding>()
    const down = (event: KeyboardEvent): void => {
      if (event.isComposing || event.defaultPrevented) return
      const target = event.target as HTMLElement
      if (target.closest(DEAF)) return
      const name = nameOf(event)
      const own = OWN_KEYS[name.replace('Shift+', '')]
      if (own && target.closest(own)) return
      const binding = registry(current.current).get(name)
      if (!binding) return
      event.preventDefault()
      if (event.repeat && !binding.repeats) return
      held.set(event.key, binding)
      binding.run(event)
    }
    const up = (event: KeyboardEvent): void => {
      held.get(event.key)?.end?.()
      held.delete(event.key)
    }
    const leave = (): void => {
      for (const binding of held.values()) binding.end?.()
      held.clear()
    }
    element.addEventListener('keydown', down)
    window.addEventListener('keyup', up)
    window.addEventListener('blur', leave)
    return () => {
      element.removeEventListener('keydown', down)
      window.removeEventListener('keyup', up)
      window.removeEventListener('blur', leave)
    }
  }, [element])
}
