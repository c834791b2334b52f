/** State and progress of jobs and imports, in words. */
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Square } from 'lucide-react'
import type { ReactElement } from 'react'
import { useApp } from '../app/context'
import { useProject } from '../app/project'
import { useFormats } from '../text/catalogue'
import { Badge, type BadgeKind } from '../ui/badge'
import { Button } from '../ui/button'
import { Progress } from '../ui/field'
import { sentenceOf } from '../ui/notice'
import { toast } from '../ui/toasts'
import { type Import, isBusyJob, type Job } from './queries'
import { texts } from './texts'

const KINDS: Record<Import['state'] | Job['state'], BadgeKind> = {
  open: 'warning',
  checking: 'active',
  checked: 'warning',
  running: 'active',
  queued: 'active',
  completed: 'ok',
  failed: 'danger',
  stopped: 'warning',
  undone: 'info',
}

export function StateBadge({ state, isStopping }: { state: keyof typeof KINDS; isStopping?: boolean }): ReactElement {
  const text = texts.use()
  const isAtWork = state === 'queued' || state === 'running'
  return <Badge kind={KINDS[state]}>{isStopping && isAtWork ? text.stopping : text[state]}</Badge>
}

/** The progress of a job at work, and the button that stops it. */
export function JobAtWork({ job, label }: { job: Job; label: string }): ReactElement {
  const text = texts.use()
  const format = useFormats()
  const { canEdit } = useProject()
  const { finished, total } = job.progress
  const value = total ? finished / total : undefined
  return (
    <>
      <Progress
        label={label}
        {...(value === undefined ? {} : { value })}
        text={total === null ? text[job.state] : text.units(format.number(finished), format.number(total))}
      />
      {canEdit ? (
        <div>
          <StopButton job={job} />
        </div>
      ) : null}
    </>
  )
}

export function StopButton({ job }: { job: Job }): ReactElement {
  const text = texts.use()
  const { client } = useApp()
  const queries = useQueryClient()
  const stop = useMutation({
    mutationFn: () => client.request('DELETE /v1/jobs/{job_id}', { path: { job_id: job.job_id } }),
    onSettled: () => queries.invalidateQueries(),
    onError: (error) => toast({ kind: 'danger', text: sentenceOf(error) }),
  })
  return (
    <Button onPress={() => stop.mutate()} isDisabled={stop.isPending || job.is_stopping || !isBusyJob(job)}>
      <Square aria-hidden />
      {job.is_stopping ? text.stopping : text.stop}
    </Button>
  )
}
