/** Content of the project: assets and bytes by status, type, format and storage class, linked to the gallery; quota. */
import type { Answer } from '@foveal/client'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { ReactElement } from 'react'
import { useApp } from '../app/context'
import { useProject } from '../app/project'
import { ANY_STATUS } from '../app/statuses'
import { useFormats } from '../text/catalogue'
import { Progress } from '../ui/field'
import { useFirstAnswer } from '../ui/in-order'
import { Figures } from '../ui/item-list'
import { ErrorState, Loading } from '../ui/notice'
import { Card } from '../ui/page'
import styles from './project.module.css'
import { texts } from './texts'

type Result = Answer<'POST /v1/projects/{project}/assets/aggregate'>['aggregates'][string]
type Sums = Extract<Result, { sums: unknown }>['sums']

const SHOWN = 12

export function Quota(): ReactElement {
  const text = texts.use()
  const format = useFormats()
  const { client } = useApp()
  const { project } = useProject()
  const found = useQuery({
    queryKey: ['upload-quota', project],
    queryFn: () => client.request('GET /v1/projects/{project}/uploads/quota', { path: { project } }),
  })
  useFirstAnswer(found)
  if (found.isPending) return <Loading />
  if (found.error) return <ErrorState error={found.error} retry={found.refetch} />
  const quota = found.data
  return (
    <div className={styles.quota}>
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
      const ask = async (fields: string[], filter?: typeof ANY_STATUS): Promise<Sums[]> => {
        const sums = (by: string) => [by.replace('.', '_'), { sums: { field: 'size_bytes', by, limit: SHOWN } }]
        const { aggregates } = await client.request('POST /v1/projects/{project}/assets/aggregate', {
          path: { project },
          body: { aggregates: Object.fromEntries(fields.map(sums)), ...(filter ? { filter } : {}) },
          signal,
        })
        return Object.values(aggregates).map((each) => ('sums' in each ? each.sums : []))
      }
      const [[status = []], [type = [], format = [], storage = []]] = await Promise.all([
        ask(['status'], ANY_STATUS),
        ask(['media_type', 'format', 's3.storage_class']),
      ])
      return { status, type, format, storage }
    },
  })
  useFirstAnswer(found)
  const words = (value: string) => (value in text ? String(text[value as 'ready']) : value)
  return (
    <Card title={text.usage}>
      {found.isPending ? <Loading /> : null}
      {found.error ? <ErrorState error={found.error} retry={found.refetch} /> : null}
      {found.data ? (
        <>
          <Totals sums={found.data.status} />
          <div className={styles.usage}>
            <Bars title={text.byStatus} field="status" sums={found.data.status} words={words} />
            <Bars title={text.byType} field="media_type" sums={found.data.type} words={words} />
            <Bars title={text.byFormat} field="format" sums={found.data.format} />
            <Bars title={text.byStorage} field="s3.storage_class" sums={found.data.storage} />
          </div>
        </>
      ) : null}
    </Card>
  )
}

function Totals({ sums }: { sums: Sums }): ReactElement {
  const text = texts.use()
  const format = useFormats()
  const total = (of: 'sum' | 'count') => sums.reduce((all, each) => all + each[of], 0)
  return (
    <Figures
      items={[
        { name: text.assets, value: format.number(total('count')) },
        { name: text.originals, value: format.bytes(total('sum')), help: text.originalsHelp },
      ]}
    />
  )
}

interface BarsProps {
  title: string
  field: string
  sums: Sums
  words?: (value: string) => string
}

/** Bars of the values of a field with bytes and assets, each a link to those assets. */
function Bars({ title, field, sums, words = (value) => value }: BarsProps): ReactElement {
  const text = texts.use()
  const format = useFormats()
  const { project } = useProject()
  const most = Math.max(1, ...sums.map((each) => each.count))
  return (
    <section>
      <h3>{title}</h3>
      {sums.length === 0 ? <p className={styles.help}>{text.empty}</p> : null}
      <ul className={styles.bars}>
        {sums.map(({ value, sum, count }) => (
          <li key={String(value)}>
            <Link to="/p/$project/assets" params={{ project }} search={{ [field]: String(value) }}>
              {words(String(value))}
            </Link>
            <span>{format.bytes(sum)}</span>
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
