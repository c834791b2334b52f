/** Icon of a state of review. */
import { Check, CircleDot, Clock, X } from 'lucide-react'
import type { ReactElement } from 'react'
import type { ReviewState } from '../../drawing'
import { texts } from '../texts'
import styles from './panels.module.css'

const STATES = { accepted: Check, rejected: X, pending: Clock } as const

export function StateIcon({ state }: { state: ReviewState | undefined }): ReactElement {
  const text = texts.use()
  const Icon = state ? STATES[state] : CircleDot
  return (
    <span className={styles.state} data-state={state} role="img" aria-label={state ? text[state] : text.notReviewed}>
      <Icon aria-hidden />
    </span>
  )
}
