/** One export: progress, the file, and everything that its format could not hold. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Download } from 'lucide-react'
import type { ReactElement } from 'react'
import { useAuthorWords } from '../app/author'
import { useApp } from '../app/context'
import { useProject } from '../app/project'
import { useFormats } from '../text/catalogue'
import { Button, buttonClass } from '../ui/button'
import { Figures } from '../ui/item-list'
import { ErrorState, Loading, Notice, sentenceOf } from '../ui/notice'
import { Card } from '../ui/page'
import styles from './labels.module.css'
import { isBusyJob, type Job, useQueries } from './queries'
import { JobAtWork, StateBadge } from './state'
import { texts } from './texts'

/** The result of a job of an export (foveal/exports). */
interface ExportResult {
  format: string
  size_bytes: number
  asset_count: number
  annotation_count: number
  left_out_count: number
  losses: Loss[]
}

interface Loss {
  code: string
  field: string
  why: string
  count: number
  examples: unknown[]
}

export function ExportPage({ jobId }: { jobId: string }): ReactElement {
  const found = useQuery(useQueries().export(jobId))
  if (found.isPending) return <Loading />
  if (found.error) return <ErrorState error={found.error} retry={found.refetch} />
  const { job, url, files } = found.data
  return <ExportView job={job} files={files ?? (url ? [{ url }] : [])} />
}

/** A file to download; of several each has a name and a size of its own. */
interface ExportedFile {
  url: string
  name?: string
  size_bytes?: number
}

function ExportView({ job, files }: { job: Job; files: ExportedFile[] }): ReactElement {
  const text = texts.use()
  const format = useFormats()
  const author = useAuthorWords()
  const result = job.result as unknown as ExportResult | undefined
  const titles: Record<Job['state'], string> = {
    queued: text.exportQueued,
    running: text.exportRunning,
    completed: text.exportReady,
    failed: text.exportFailed,
    stopped: text.exportStopped,
  }
  return (
    <>
      <Card title={titles[job.state]} actions={<StateBadge state={job.state} isStopping={job.is_stopping} />}>
        <p className={styles.help}>
          {[result?.format, author(job.created_by), format.time(job.created_at)].filter(Boolean).join(' · ')}
        </p>
        {isBusyJob(job) ? <JobAtWork job={job} label={titles[job.state]} /> : null}
        {job.failure ? <Notice kind="danger">{job.failure.detail}</Notice> : null}
        {job.state === 'failed' || job.state === 'stopped' ? <StartAgain job={job} /> : null}
        {result ? (
          <Figures
            items={[
              { name: text.annotationCount, value: format.number(result.annotation_count) },
              { name: text.assetCount, value: format.number(result.asset_count) },
            ]}
          />
        ) : null}
        {result
          ? files.map((file) => (
              <div key={file.name ?? 'file'}>
                <a className={buttonClass('primary')} href={file.url} download>
                  <Download aria-hidden />
                  {[file.name, text.download(format.bytes(file.size_bytes ?? result.size_bytes))]
                    .filter(Boolean)
                    .join(': ')}
                </a>
              </div>
            ))
          : null}
      </Card>
      {result ? <Losses result={result} /> : null}
    </>
  )
}

function StartAgain({ job }: { job: Job }): ReactElement | null {
  const text = texts.use()
  const { client } = useApp()
  const { canEdit } = useProject()
  const queries = useQueryClient()
  const start = useMutation({
    mutationFn: () => client.request('POST /v1/jobs/{job_id}/start', { path: { job_id: job.job_id } }),
    onSettled: () => queries.invalidateQueries({ queryKey: ['export', job.job_id] }),
  })
  if (!canEdit) return null
  return (
    <>
      {start.error ? <Notice kind="danger">{sentenceOf(start.error)}</Notice> : null}
      <div>
        <Button kind="primary" isDisabled={start.isPending} onPress={() => start.mutate()}>
          {job.state === 'stopped' ? text.resume : text.again}
        </Button>
      </div>
    </>
  )
}

function Losses({ result }: { result: ExportResult }): ReactElement {
  const text = texts.use()
  const format = useFormats()
  if (result.losses.length === 0 && result.left_out_count === 0) return <Notice kind="ok">{text.noLosses}</Notice>
  return (
    <Card title={text.losses}>
      {result.left_out_count > 0 ? <Notice kind="warning">{text.leftOut(result.left_out_count)}</Notice> : null}
      <ul className={styles.remarks} aria-label={text.losses}>
        {result.losses.map(({ code, field, why, count, examples }) => (
          <li key={`${code} ${field} ${why}`}>
            <b>{format.number(count)}×</b>
            <div>
              <p>
                <code>{field}</code> {why}
              </p>
              {examples.length > 0 ? (
                <small>
                  {text.where} <code>{examples.slice(0, 3).map(String).join(', ')}</code>
                </small>
              ) : null}
            </div>
          </li>
        ))}
      </ul>
    </Card>
  )
}
