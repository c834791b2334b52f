/** A list of things with a page of their own: name, a line of facts, a state, what can be done; more on demand. */
import type { ReactElement, ReactNode } from 'react'
import { catalogue } from '../text/catalogue'
import { Button } from './button'
import styles from './item-list.module.css'

const texts = catalogue({ more: 'Show more' }, { more: 'Mehr anzeigen' })

export interface ItemListProps {
  label: string
  /** Whether the list lies in a card, which has a border already. */
  isInCard?: boolean
  more?: (() => void) | undefined
  children: ReactNode
}

export function ItemList({ label, isInCard = false, more, children }: ItemListProps): ReactElement {
  const text = texts.use()
  return (
    <>
      <ul className={`${styles.list} ${isInCard ? styles.inCard : ''}`} aria-label={label}>
        {children}
      </ul>
      {more ? (
        <div>
          <Button onPress={more}>{text.more}</Button>
        </div>
      ) : null}
    </>
  )
}

export interface ItemProps {
  /** Usually a link. */
  title: ReactNode
  facts?: ReactNode
  state?: ReactNode
  actions?: ReactNode
}

export function Item({ title, facts, state, actions }: ItemProps): ReactElement {
  return (
    <li className={styles.item}>
      <div className={styles.words}>
        <strong>{title}</strong>
        {facts ? <small>{facts}</small> : null}
      </div>
      {state}
      {actions ? <div className={styles.actions}>{actions}</div> : null}
    </li>
  )
}

/** Facts with their names, side by side; figures stand large. */
export function Figures({ items }: { items: readonly { name: string; value: ReactNode; help?: ReactNode }[] }) {
  return (
    <dl className={styles.figures}>
      {items.map(({ name, value, help }) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
          {help ? <dd className={styles.help}>{help}</dd> : null}
        </div>
      ))}
    </dl>
  )
}
