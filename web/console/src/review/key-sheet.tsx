/** The sheet of the queue's keys. */
import type { ReactElement } from 'react'
import { KeyList } from '../ui/key-list'
import { Dialog } from '../ui/overlay'
import { texts } from './texts'

export function KeySheet(props: { isOpen: boolean; onOpenChange: (isOpen: boolean) => void }): ReactElement {
  const text = texts.use()
  const rows: [string[], string][] = [
    [['a', 'r'], `${text.accept} / ${text.reject}`],
    [['→', '←'], text.step],
    [['n'], text.writeNote],
    [['z'], text.undo],
    [['x'], text.selectKey],
    [['Ctrl', 'A'], text.selectAll],
    [['Esc'], text.clear],
    [['?'], text.showKeys],
  ]
  return (
    <Dialog title={text.keys} {...props}>
      <KeyList rows={rows} />
    </Dialog>
  )
}
