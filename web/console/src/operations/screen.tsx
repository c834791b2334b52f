/** The page of operators: alarms, queues with their dead letters, failures, jobs, comparison of bucket and catalog. */
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { ChevronLeft, ShieldAlert } from 'lucide-react'
import type { ReactElement } from 'react'
import { useApp, useRole } from '../app/context'
import { useFormats } from '../text/catalogue'
import { Badge, type BadgeKind } from '../ui/badge'
import { InOrder, useFirstAnswer } from '../ui/in-order'
import { Item, ItemList } from '../ui/item-list'
import { EmptyState, ErrorState, Loading, Notice } from '../ui/notice'
import { Card, Page } from '../ui/page'
import page from '../ui/page.module.css'
import { Toasts } from '../ui/toasts'
import styles from './operations.module.css'
import { type Operations, useOperations } from './queries'
import { QueueCard } from './queues'
import { Reconcile } from './reconcile'
import { texts } from './texts'

export function OperationsScreen(): ReactElement {
  const text = texts.use()
  const { account, config } = useApp()
  if (!account.is_operator)
    return (
      <EmptyState icon={ShieldAlert} title={text.notYours} action={<Link to="/">{text.back}</Link>}>
        {text.notYoursHelp}
      </EmptyState>
    )
  return (
    <main>
      <Page title={text.title} lead={text.lead(config.stage)}>
        <Link to="/" className={page.back ?? ''}>
          <ChevronLeft aria-hidden />
          {text.back}
        </Link>
        <InOrder>
          <StateOfStage />
          <Reconcile />
        </InOrder>
      </Page>
      <Toasts />
    </main>
  )
}

function StateOfStage(): ReactElement {
  const found = useQuery(useOperations())
  useFirstAnswer(found)
  if (found.isPending) return <Loading />
  if (!found.data) return <ErrorState error={found.error} retry={found.refetch} />
  return (
    <>
      {found.error ? <ErrorState error={found.error} retry={found.refetch} /> : null}
      <Alarms alarms={found.data.alarms} />
      <QueueCard queues={found.data.queues} />
      <Failures failures={found.data.failures} />
      <Jobs jobs={found.data.jobs} />
    </>
  )
}

function Alarms({ alarms }: { alarms: Operations['alarms'] }): ReactElement {
  const text = texts.use()
  if (alarms === null) return <Notice kind="warning">{text.alarmsUnknown}</Notice>
  if (alarms.length === 0) return <Notice kind="ok">{text.noAlarms}</Notice>
  return (
    <Card title={text.alarms}>
      <ItemList isInCard label={text.alarms}>
        {alarms.map(({ name, description }) => (
          <Item key={name} title={name} facts={description} state={<Badge kind="danger">{text.alarm}</Badge>} />
        ))}
      </ItemList>
    </Card>
  )
}

function Failures({ failures }: { failures: Operations['failures'] }): ReactElement {
  const text = texts.use()
  return (
    <Card title={text.failures}>
      {failures.length === 0 ? <p className={styles.help}>{text.noFailures}</p> : null}
      <ItemList isInCard label={text.failures}>
        {failures.map(({ project, failed, quarantined }) => (
          <Item
            key={project}
            title={<ProjectName project={project} />}
            state={
              <>
                {failed > 0 ? <Badge kind="danger">{text.failed(failed)}</Badge> : null}
                {quarantined > 0 ? <Badge kind="warning">{text.quarantined(quarantined)}</Badge> : null}
              </>
            }
          />
        ))}
      </ItemList>
    </Card>
  )
}

/** The name of a project; a link for an operator who has a role in it. */
function ProjectName({ project }: { project: string }): ReactElement {
  const role = useRole(project)
  if (!role) return <>{project}</>
  return (
    <Link to="/p/$project/settings" params={{ project }}>
      {project}
    </Link>
  )
}

const KINDS: Record<Operations['jobs'][number]['state'], BadgeKind> = {
  queued: 'info',
  running: 'active',
  completed: 'ok',
  stopped: 'info',
  failed: 'danger',
}

function Jobs({ jobs }: { jobs: Operations['jobs'] }): ReactElement {
  const text = texts.use()
  const format = useFormats()
  return (
    <Card title={text.jobs}>
      {jobs.length === 0 ? <p className={styles.help}>{text.noJobs}</p> : null}
      <ItemList isInCard label={text.jobs}>
        {jobs.map((job) => (
          <Item
            key={job.job_id}
            title={
              <>
                {text[job.kind]} · <ProjectName project={job.project} />
              </>
            }
            facts={[
              job.failure_code ?? text.progress(job.finished, job.total),
              job.attempts > 1 ? text.attempts(job.attempts) : '',
              format.time(job.updated_at),
              job.job_id,
            ]
              .filter(Boolean)
              .join(' · ')}
            state={<Badge kind={KINDS[job.state]}>{job.state === 'failed' ? text.jobFailed : text[job.state]}</Badge>}
          />
        ))}
      </ItemList>
    </Card>
  )
}
