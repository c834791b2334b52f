/** A key of the keyboard, as it stands in words about it. */
import type { ReactElement } from 'react'
import styles from './key.module.css'

export function Key({ name }: { name: string }): ReactElement {
  return <kbd className={styles.key}>{name}</kbd>
}
