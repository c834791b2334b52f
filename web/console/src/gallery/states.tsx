/** Assets that the gallery does not show: those being read or scanned, failed and quarantined ones, each a way to see. */
import { useQuery } from '@tanstack/react-query'
import { CircleAlert, LoaderCircle, ScanLine, ShieldAlert } from 'lucide-react'
import type { ReactElement } from 'react'
import { useApp } from '../app/context'
import type { GalleryState } from './address'
import { withField } from './filter/model'
import styles from './gallery.module.css'
import type { Change } from './screen'
import { questionOf } from './scroll/api'
import { texts } from './texts'

const STATES = [
  { status: 'pending', icon: LoaderCircle, words: 'pendingCount' },
  { status: 'scanning', icon: ScanLine, words: 'scanningCount' },
  { status: 'failed', icon: CircleAlert, words: 'failedCount' },
  { status: 'quarantined', icon: ShieldAlert, words: 'quarantinedCount' },
] as const

const EVERY_MS = 30_000
const WHILE_PENDING_MS = 4_000

export function States(props: { project: string; state: GalleryState; change: Change }): ReactElement | null {
  const { project, state, change } = props
  const { client } = useApp()
  const text = texts.use()
  const isAsked = !state.filter.fields.status && !state.similar && !state.duplicates
  const filter = withField(state.filter, 'status', { in: STATES.map(({ status }) => status) })
  const question = questionOf({ ...state, filter })
  const { data } = useQuery({
    queryKey: ['states', project, question],
    queryFn: ({ signal }) =>
      client.request('POST /v1/projects/{project}/assets/aggregate', {
        path: { project },
        body: { ...question, aggregates: { states: { counts: { field: 'status' } } } },
        signal,
      }),
    enabled: isAsked,
    retry: false,
    refetchInterval: (query) => (isWaiting(countsOf(query.state.data)) ? WHILE_PENDING_MS : EVERY_MS),
  })
  const counts = countsOf(data)
  const shown = STATES.filter(({ status }) => counts.has(status))
  if (!isAsked || shown.length === 0) return null
  return (
    <div className={styles.states}>
      <span>{text.notShown}</span>
      {shown.map(({ status, icon: Icon, words }) => (
        <button
          key={status}
          type="button"
          data-status={status}
          onClick={() => change({ filter: withField(state.filter, 'status', { in: [status] }) })}
        >
          <Icon aria-hidden />
          {text[words](counts.get(status) ?? 0)}
        </button>
      ))}
    </div>
  )
}

/** Tell whether some assets change by themselves soon. */
function isWaiting(counts: Map<string, number>): boolean {
  return counts.has('pending') || counts.has('scanning')
}

function countsOf(data: unknown): Map<string, number> {
  const found = (data as { aggregates: { states: { counts: { value: string; count: number }[] } } } | undefined)
    ?.aggregates
  return new Map(found?.states.counts.map(({ value, count }) => [value, count]))
}
