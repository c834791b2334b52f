/** Square of the colour in which labels or layers are drawn; hollow for predictions. */
import type { ReactElement } from 'react'
import styles from './panels.module.css'

export function Swatch({ colour, isDashed = false }: { colour: string; isDashed?: boolean }): ReactElement {
  return (
    <span
      className={styles.swatch}
      data-dashed={isDashed}
      style={{ borderColor: colour, background: isDashed ? 'none' : colour }}
    />
  )
}
