/** Hint of the chosen tool: its use, and the size of the brush. */
import type { ReactElement } from 'react'
import type { Size } from '../drawing'
import { canPaint } from '../drawing'
import type { Drafting } from './drafting'
import { paints } from './stage/tools'
import { texts } from './texts'
import styles from './viewer.module.css'

export function ToolHint({ drafting, image }: { drafting: Drafting; image: Size }): ReactElement {
  const text = texts.use()
  const { tool, brush, setBrush } = drafting
  if (!paints(tool)) return <p className={styles.hint}>{text.draftHelp}</p>
  if (!canPaint(image)) return <p className={styles.hint}>{text.tooLargeToPaint}</p>
  return (
    <div className={styles.hint}>
      <label className={styles.brush}>
        {text.brushSize}
        <input
          type="range"
          min={1}
          max={Math.max(20, Math.round(Math.min(...image) / 5))}
          value={brush}
          onChange={(event) => setBrush(Number(event.target.value))}
        />
        <output>{brush}</output>
      </label>
    </div>
  )
}
