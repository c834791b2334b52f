/** A word for a state, with a colour that repeats it. */
import type { ReactElement, ReactNode } from 'react'
import styles from './badge.module.css'

export type BadgeKind = 'info' | 'active' | 'ok' | 'warning' | 'danger'

export function Badge({ kind = 'info', children }: { kind?: BadgeKind; children: ReactNode }): ReactElement {
  return (
    <span className={styles.badge} data-kind={kind}>
      {children}
    </span>
  )
}
