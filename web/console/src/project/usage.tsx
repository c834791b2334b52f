/** Content of the project: numbers of assets by status, type and format, with links into the gallery; its quota. */
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { ReactElement } from 'react'
import { useApp } from '../app/context'
import { useProject } from '../app/project'
import { useFormats } from '../text/catalogue'
import { Progress } from '../ui/field'
import { ErrorState } from '../ui/notice'
import { Card } from '../ui/page'
import styles from './project.module.css'
import { texts } from './texts'

const STATUSES = ['ready', 'pending', 'failed', 'quarantined', 'deleted'] as const
const ANY_STATUS = { field: 'status', in: [...STATUSES] }

export function Quota(): ReactElement | null {
  const text = texts.use()
  const format = useFormats()
  const { client } = useApp()
  const { project } = useProject()
  const quota = useQuery({
    queryKey: ['upload-quota', project],
    queryFn: () => client.request('GET /v1/projects/{project}/uploads/quota', { path: { project } }),
  }).data
  if (!quota) return null
  return (
    <div>
      <Progress
        label={text.quota}
        value={Math.min(1, quota.used_bytes / quota.daily_bytes)}
        text={text.quotaOf(format.bytes(quota.used_bytes), format.bytes(quota.daily_bytes))}
      />
      <p className={styles.help}>{text.quotaReset(format.time(quota.resets_at))}</p>
    </div>
  )
}

export function Usage(): ReactElement {
  const text = texts.use()
  const { client } = useApp()
  const { project } = useProject()
  const found = useQuery({
    queryKey: ['project-usage', project],
    queryFn: async ({ signal }) => {
      const count = (field: string) => ({ counts: { field, limit: 12 } })
      const ask = (aggregates: Record<string, object>, filter?: typeof ANY_STATUS) =>
        client.request('POST /v1/projects/{project}/assets/aggregate', {
          path: { project },
          body: { aggregates, ...(filter ? { filter } : {}) } as never,
          signal,
        })
      const [whole, ready] = await Promise.all([
        ask({ status: count('status') }, ANY_STATUS),
        ask({ type: count('media_type'), format: count('format') }),
      ])
      return { ...whole.aggregates, ...ready.aggregates }
    },
  })
  if (found.isPending)
    return (
      <Card title={text.usage}>
        <p className={styles.wait} role="status">
          …
        </p>
      </Card>
    )
  if (found.error) return <ErrorState error={found.error} retry={found.refetch} />
  const { status, type, format } = found.data
  const words = (value: string) => (value in text ? String(text[value as 'ready']) : value)
  return (
    <Card title={text.usage}>
      <div className={styles.usage}>
        <Counts title={text.byStatus} field="status" found={status} words={words} />
        <Counts title={text.byType} field="media_type" found={type} words={words} />
        <Counts title={text.byFormat} field="format" found={format} words={(value) => value} />
      </div>
    </Card>
  )
}

interface CountsProps {
  title: string
  field: string
  found: unknown
  words: (value: string) => string
}

/** Bars of the values of a field, each a link to those assets. */
function Counts({ title, field, found, words }: CountsProps): ReactElement {
  const text = texts.use()
  const format = useFormats()
  const { project } = useProject()
  const counts = (found as { counts?: { value: unknown; count: number }[] } | undefined)?.counts ?? []
  const most = Math.max(1, ...counts.map((each) => each.count))
  return (
    <section>
      <h3>{title}</h3>
      {counts.length === 0 ? <p className={styles.help}>{text.empty}</p> : null}
      <ul className={styles.bars}>
        {counts.map(({ value, count }) => (
          <li key={String(value)}>
            {value === null ? (
              <span>{text.noValue}</span>
            ) : (
              <Link to="/p/$project/assets" params={{ project }} search={{ [field]: String(value) }}>
                {words(String(value))}
              </Link>
            )}
            <b>{format.number(count)}</b>
            <div className={styles.bar}>
              <div style={{ width: `${(count / most) * 100}%` }} />
            </div>
          </li>
        ))}
      </ul>
    </section>
  )
}
