/** Keys and what they do, for a sheet of keys. */
import type { ReactElement } from 'react'
import { Key } from './key'
import styles from './key-list.module.css'

export function KeyList({ rows }: { rows: readonly (readonly [readonly string[], string])[] }): ReactElement {
  return (
    <dl className={styles.keys} tabIndex={0}>
      {rows.map(([keys, words]) => (
        <div key={words}>
          <dt>
            {keys.map((each) => (
              <Key key={each} name={each} />
            ))}
          </dt>
          <dd>{words}</dd>
        </div>
      ))}
    </dl>
  )
}
