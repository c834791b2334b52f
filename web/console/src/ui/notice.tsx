/** Words in place of content: nothing there, an error, a page that is loading; and notices within a page. */
import { ApiError } from '@foveal/client'
import { CircleAlert, CircleCheck, Info, type LucideIcon, TriangleAlert, WifiOff } from 'lucide-react'
import type { ReactElement, ReactNode } from 'react'
import { isUnanswered } from '../app/read-file'
import { catalogue } from '../text/catalogue'
import { Button } from './button'
import styles from './notice.module.css'

const texts = catalogue(
  {
    retry: 'Try again',
    offline: 'No connection',
    offlineHelp: 'The server did not answer. Check the network; nothing that you did here is lost.',
    failed: 'This could not be loaded',
    denied: 'You may not see this',
    missing: 'Not found',
    request: (id: string) => `Request ${id}`,
    loading: 'Loading',
    slow: 'The server takes long to answer.',
  },
  {
    retry: 'Erneut versuchen',
    offline: 'Keine Verbindung',
    offlineHelp: 'Der Server hat nicht geantwortet. Prüfen Sie das Netz; von Ihrer Arbeit geht nichts verloren.',
    failed: 'Das konnte nicht geladen werden',
    denied: 'Kein Zugriff',
    missing: 'Nicht gefunden',
    request: (id: string) => `Anfrage ${id}`,
    loading: 'Wird geladen',
    slow: 'Der Server braucht lange.',
  },
)

export interface StateProps {
  icon?: LucideIcon
  title: string
  children?: ReactNode
  /** The one thing to do, as a button or a link. */
  action?: ReactNode
  /** Whether it is the whole page, which has no other heading. */
  isPage?: boolean
}

/** Fill the place of content that is not there: say why, and offer one thing to do. */
export function EmptyState({ icon: Icon = Info, title, children, action, isPage }: StateProps): ReactElement {
  const Title = isPage ? 'h1' : 'h2'
  return (
    <div className={styles.state}>
      <Icon aria-hidden />
      <Title>{title}</Title>
      {children ? <p>{children}</p> : null}
      {action ? <div className={styles.actions}>{action}</div> : null}
    </div>
  )
}

/** Return the sentence of an error: the server's own where it refused. */
export function sentenceOf(error: unknown): string {
  if (error instanceof ApiError) return error.detail
  if (isUnanswered(error)) return texts.now().offlineHelp
  return error instanceof Error ? error.message : String(error)
}

export function ErrorState(props: { error: unknown; retry?: () => void; isPage?: boolean }): ReactElement {
  const { error, retry, isPage = false } = props
  const text = texts.use()
  const hasNoAnswer = isUnanswered(error)
  const status = error instanceof ApiError ? error.status : undefined
  const title = hasNoAnswer ? text.offline : status === 403 ? text.denied : status === 404 ? text.missing : text.failed
  const requestId = error instanceof ApiError ? error.requestId : undefined
  return (
    <div role="alert">
      <EmptyState
        icon={hasNoAnswer ? WifiOff : TriangleAlert}
        title={title}
        isPage={isPage}
        action={retry ? <Button onPress={retry}>{text.retry}</Button> : undefined}
      >
        {sentenceOf(error)}
        {requestId ? <small> · {text.request(requestId)}</small> : null}
      </EmptyState>
    </div>
  )
}

const ICONS = { danger: CircleAlert, warning: TriangleAlert, ok: CircleCheck, info: Info }

/** A sentence within a page; read out when it appears. */
export function Notice({ kind, children }: { kind: keyof typeof ICONS; children: ReactNode }): ReactElement {
  const Icon = ICONS[kind]
  return (
    <div className={styles.notice} data-kind={kind} role={kind === 'danger' ? 'alert' : 'status'}>
      <Icon aria-hidden />
      <div>{children}</div>
    </div>
  )
}

export function Loading(): ReactElement {
  const text = texts.use()
  return (
    <div className={styles.state} role="status">
      <p>{text.loading} …</p>
      <p className={styles.slow}>{text.slow}</p>
    </div>
  )
}
