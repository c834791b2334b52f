/** A change that two people made: the person decides which state stays, or keeps both. */
import type { ReactElement } from 'react'
import { Button } from '../../ui/button'
import type { Conflict } from '../edits/edits'
import { texts } from '../texts'
import styles from './panels.module.css'

export interface ConflictProps {
  conflict: Conflict
  resolve: (choice: 'mine' | 'theirs' | 'both') => void
}

export function ConflictCard({ conflict, resolve }: ConflictProps): ReactElement {
  const text = texts.use()
  const { mine, theirs, members } = conflict
  const names: Record<string, string> = { geometry: text.geometry, label: text.label, review: text.byReview }
  const words = members.map((name) => names[name] ?? name).join(', ')
  return (
    <div
      className={styles.conflict}
      role="alertdialog"
      aria-labelledby="conflict-title"
      aria-describedby="conflict-words"
    >
      <h2 id="conflict-title">{text.conflictTitle}</h2>
      <p id="conflict-words">{!theirs ? text.conflictDeleted : !mine ? text.conflictMine : text.conflictHelp(words)}</p>
      {mine?.label !== theirs?.label && mine && theirs ? (
        <p>
          {mine.label ?? text.noLabel} ↔ {theirs.label ?? text.noLabel}
        </p>
      ) : null}
      <footer>
        <Button kind="primary" onPress={() => resolve('mine')}>
          {text.keepMine}
        </Button>
        <Button onPress={() => resolve('theirs')}>{text.keepTheirs}</Button>
        {mine && theirs ? <Button onPress={() => resolve('both')}>{text.keepBoth}</Button> : null}
      </footer>
    </div>
  )
}
