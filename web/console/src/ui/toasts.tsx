/** Short messages at the edge of the page: the result of an action, with one thing to do, read out once. */
import { X } from 'lucide-react'
import { type ReactElement, useSyncExternalStore } from 'react'
import { catalogue } from '../text/catalogue'
import { Button, IconButton } from './button'
import styles from './toasts.module.css'

export interface Toast {
  text: string
  kind?: 'info' | 'danger'
  /** One thing to do, for example to take the action back. */
  action?: { text: string; run: () => void }
}

const SHOWN_MS = 6_000
const texts = catalogue(
  { messages: 'Messages', close: 'Close message' },
  { messages: 'Meldungen', close: 'Meldung schließen' },
)

let shown: (Toast & { id: number })[] = []
let serial = 0
const listeners = new Set<() => void>()

function set(next: typeof shown): void {
  shown = next
  for (const listener of listeners) listener()
}

function close(id: number): void {
  set(shown.filter((each) => each.id !== id))
}

/** Show a message. One with something to do, or of an error, stays until it is closed. */
export function toast(message: Toast): void {
  serial += 1
  const id = serial
  set([...shown.slice(-2), { ...message, id }])
  if (message.kind !== 'danger' && !message.action) setTimeout(() => close(id), SHOWN_MS)
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

export function Toasts(): ReactElement {
  const text = texts.use()
  const toasts = useSyncExternalStore(subscribe, () => shown)
  return (
    <section className={styles.toasts} aria-label={text.messages} aria-live="polite">
      {toasts.map(({ id, kind = 'info', action, text: sentence }) => (
        <div key={id} className={styles.toast} data-kind={kind}>
          <span>{sentence}</span>
          {action ? (
            <Button
              kind="quiet"
              onPress={() => {
                action.run()
                close(id)
              }}
            >
              {action.text}
            </Button>
          ) : null}
          <IconButton label={text.close} onPress={() => close(id)}>
            <X aria-hidden />
          </IconButton>
        </div>
      ))}
    </section>
  )
}
