/** Frame of a page of text and forms: title, actions, cards. Galleries and viewers fill the whole place instead. */
import type { ReactElement, ReactNode } from 'react'
import styles from './page.module.css'

export interface PageProps {
  title: string
  lead?: ReactNode
  actions?: ReactNode
  children: ReactNode
}

export function Page({ title, lead, actions, children }: PageProps): ReactElement {
  return (
    <div className={styles.page}>
      <title>{`${title} · Foveal`}</title>
      <div className={styles.head}>
        <div>
          <h1>{title}</h1>
          {lead ? <p>{lead}</p> : null}
        </div>
        {actions ? <div className={styles.actions}>{actions}</div> : null}
      </div>
      {children}
    </div>
  )
}

export function Card(props: { title?: string; actions?: ReactNode; children: ReactNode }): ReactElement {
  const { title, actions, children } = props
  return (
    <section className={styles.card}>
      {title ? (
        <header>
          <h2>{title}</h2>
          {actions}
        </header>
      ) : null}
      {children}
    </section>
  )
}
