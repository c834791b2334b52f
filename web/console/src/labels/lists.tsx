/** Lists of imports, of exports and of all jobs of the project. */
import { useInfiniteQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Download, FileInput, ListChecks } from 'lucide-react'
import type { ReactElement } from 'react'
import { useAuthorWords } from '../app/author'
import { useProject } from '../app/project'
import { useFormats } from '../text/catalogue'
import { Item, ItemList } from '../ui/item-list'
import { EmptyState, ErrorState, Loading } from '../ui/notice'
import { isBusyJob, type Job, useQueries } from './queries'
import { StateBadge, StopButton } from './state'
import { texts } from './texts'

export function Imports(): ReactElement {
  const text = texts.use()
  const format = useFormats()
  const author = useAuthorWords()
  const { project } = useProject()
  const found = useInfiniteQuery(useQueries().imports)
  if (found.isPending) return <Loading />
  if (found.error) return <ErrorState error={found.error} retry={found.refetch} />
  const items = found.data.pages.flatMap((page) => page.items)
  if (items.length === 0)
    return (
      <EmptyState icon={FileInput} title={text.noImports}>
        {text.noImportsHelp}
      </EmptyState>
    )
  return (
    <ItemList label={text.imports} more={found.hasNextPage ? () => void found.fetchNextPage() : undefined}>
      {items.map(({ import_id, files, state, counts, format: name, created_at, created_by }) => (
        <Item
          key={import_id}
          title={
            <Link to="/p/$project/labels" params={{ project }} search={{ import: import_id }}>
              {files[0]?.name}
              {files.length > 1 ? ` ${text.andMore(files.length - 1)}` : ''}
            </Link>
          }
          facts={[
            name ?? text.detected,
            counts ? text.annotations(counts.annotations) : '',
            author(created_by),
            format.time(created_at),
          ]
            .filter(Boolean)
            .join(' · ')}
          state={<StateBadge state={state} />}
        />
      ))}
    </ItemList>
  )
}

export function Jobs({ kind }: { kind?: Job['kind'] }): ReactElement {
  const text = texts.use()
  const format = useFormats()
  const author = useAuthorWords()
  const { canEdit } = useProject()
  const found = useInfiniteQuery(useQueries().jobs)
  if (found.isPending) return <Loading />
  if (found.error) return <ErrorState error={found.error} retry={found.refetch} />
  const items = found.data.pages.flatMap((page) => page.items).filter((job) => !kind || job.kind === kind)
  if (items.length === 0 && !found.hasNextPage)
    return kind === 'export' ? (
      <EmptyState icon={Download} title={text.noExports}>
        {text.noExportsHelp}
      </EmptyState>
    ) : (
      <EmptyState icon={ListChecks} title={text.noJobs} />
    )
  return (
    <ItemList
      label={kind === 'export' ? text.exports : text.jobs}
      more={found.hasNextPage ? () => void found.fetchNextPage() : undefined}
    >
      {items.map((job) => (
        <Item
          key={job.job_id}
          title={<JobLink job={job} />}
          facts={[progressOf(job), job.failure?.detail, author(job.created_by), format.time(job.created_at)]
            .filter(Boolean)
            .join(' · ')}
          state={<StateBadge state={job.state} isStopping={job.is_stopping} />}
          actions={canEdit && isBusyJob(job) ? <StopButton job={job} /> : undefined}
        />
      ))}
    </ItemList>
  )

  function progressOf({ progress: { finished, total }, state }: Job): string {
    if (state === 'completed' || total === null) return ''
    return text.units(format.number(finished), format.number(total))
  }
}

/** The name of a job, as a link to what it works on. */
function JobLink({ job }: { job: Job }): ReactElement {
  const text = texts.use()
  const { project } = useProject()
  const format = job.result?.format
  if (job.kind === 'dataset_version' || job.kind === 'bucket_import') return <>{text[job.kind]}</>
  const search = job.kind === 'export' ? { export: job.job_id } : { import: job.subject }
  return (
    <Link to="/p/$project/labels" params={{ project }} search={search}>
      {typeof format === 'string' ? `${text[job.kind]} · ${format}` : text[job.kind]}
    </Link>
  )
}
