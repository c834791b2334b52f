/** One import from its dry run to its end: counts, questions, report, start, progress, undo. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Undo2 } from 'lucide-react'
import { type ReactElement, useEffect, useState } from 'react'
import { useAuthorWords } from '../app/author'
import { useApp } from '../app/context'
import { useProject } from '../app/project'
import { useFormats } from '../text/catalogue'
import { Button, buttonClass } from '../ui/button'
import { Figures } from '../ui/item-list'
import { ErrorState, Loading, Notice, sentenceOf } from '../ui/notice'
import { Dialog, DialogTrigger } from '../ui/overlay'
import { Card } from '../ui/page'
import styles from './labels.module.css'
import { type Import, isBusyImport, isBusyJob, type Job, useQueries } from './queries'
import { QuestionsCard } from './questions-card'
import { ReportCard } from './report-card'
import { JobAtWork, StateBadge } from './state'
import { texts } from './texts'

export function ImportPage({ importId }: { importId: string }): ReactElement {
  const { import: importQuery, job: jobQuery } = useQueries()
  const queries = useQueryClient()
  const found = useQuery(importQuery(importId))
  const jobId = found.data?.job_id ?? ''
  const job = useQuery({ ...jobQuery(jobId), enabled: jobId !== '' }).data
  const jobState = job?.state
  // The import changes when its job does.
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new state of the job is the reason
  useEffect(() => {
    void queries.invalidateQueries({ queryKey: ['import', importId] })
  }, [jobState, importId])
  if (found.isPending) return <Loading />
  if (found.error) return <ErrorState error={found.error} retry={found.refetch} />
  return <ImportView found={found.data} job={job} />
}

function ImportView({ found, job }: { found: Import; job: Job | undefined }): ReactElement {
  const text = texts.use()
  const { client } = useApp()
  const { project, canEdit } = useProject()
  const queries = useQueryClient()
  const path = { import_id: found.import_id }
  const refresh = () => {
    void queries.invalidateQueries({ queryKey: ['import', found.import_id] })
    void queries.invalidateQueries({ queryKey: ['imports', project] })
  }
  const start = useMutation({
    mutationFn: (body: { dry_run: boolean; options?: Record<string, string> }) =>
      client.request('POST /v1/imports/{import_id}/start', { path, body }),
    onSettled: refresh,
  })
  const undo = useMutation({
    mutationFn: () => client.request('DELETE /v1/imports/{import_id}', { path }),
    onSettled: refresh,
  })
  const isBusy = isBusyJob(job) || isBusyImport(found)
  const isUndoing = job?.kind === 'import_undo' && isBusyJob(job)
  const questions = found.questions ?? []
  const error = start.error ?? undo.error
  const isDry = found.state === 'checked'
  // No format was found in the files: only a person can say which one it is.
  const isOfNoFormat = found.state === 'failed' && !found.format
  const title = isUndoing
    ? text.undoingTitle
    : found.state === 'open'
      ? text.open
      : text[`${found.state}Title` as `${Exclude<Import['state'], 'open'>}Title`]
  return (
    <>
      <Card title={title} actions={<StateBadge state={found.state} />}>
        <Facts found={found} />
        {found.state === 'open' ? <p>{text.openHelp}</p> : null}
        {found.state === 'stopped' && !isBusy ? <p>{text.stoppedHelp}</p> : null}
        {found.state === 'undone' ? <p>{text.undoneHelp}</p> : null}
        {job && isBusyJob(job) ? <JobAtWork job={job} label={title} /> : null}
        {job?.failure ? <Notice kind="danger">{job.failure.detail}</Notice> : null}
        {error ? <Notice kind="danger">{sentenceOf(error)}</Notice> : null}
        {found.counts && !isBusy ? <Counts counts={found.counts} isDry={isDry} /> : null}
        {canEdit && !isBusy ? (
          <div className={styles.buttons}>
            {isDry && questions.length === 0 && found.counts ? (
              found.counts.annotations > 0 ? (
                <Button kind="primary" isDisabled={start.isPending} onPress={() => start.mutate({ dry_run: false })}>
                  {text.start(found.counts.annotations)}
                </Button>
              ) : (
                <Notice kind="warning">{text.nothingToImport}</Notice>
              )
            ) : null}
            {isOfNoFormat ? (
              <Link
                to="/p/$project/labels"
                params={{ project }}
                search={{ import: 'new' }}
                className={buttonClass('primary')}
              >
                {text.chooseFormat}
              </Link>
            ) : found.state === 'stopped' || found.state === 'failed' ? (
              <Button
                kind="primary"
                isDisabled={start.isPending}
                onPress={() => start.mutate({ dry_run: !found.counts })}
              >
                {found.state === 'stopped' ? text.resume : text.again}
              </Button>
            ) : null}
            {found.kind === 'labels' && ['completed', 'stopped'].includes(found.state) ? (
              <UndoButton isDisabled={undo.isPending} undo={() => undo.mutate()} />
            ) : null}
            {found.kind === 'labels' && found.state === 'completed' ? (
              <Link
                to="/p/$project/labels"
                params={{ project }}
                search={{ export: 'new', from: found.import_id }}
                className={buttonClass()}
              >
                {text.exportBack}
              </Link>
            ) : null}
          </div>
        ) : null}
      </Card>
      {questions.length > 0 && canEdit && !isBusy && found.state !== 'completed' ? (
        <QuestionsCard
          questions={questions}
          isDisabled={start.isPending}
          onAnswer={(options) => start.mutate({ dry_run: true, options })}
        />
      ) : null}
      {found.report_url && !isBusy ? (
        <ReportCard importId={found.import_id} url={found.report_url} version={found.updated_at} />
      ) : null}
    </>
  )
}

function Facts({ found }: { found: Import }): ReactElement {
  const text = texts.use()
  const format = useFormats()
  const author = useAuthorWords()
  const options = Object.entries(found.options).map(([name, value]) => `${name} = ${value}`)
  const facts = [found.format ?? text.detected, ...options, author(found.created_by), format.time(found.created_at)]
  return <p className={styles.help}>{facts.join(' · ')}</p>
}

function Counts({ counts, isDry }: { counts: NonNullable<Import['counts']>; isDry: boolean }): ReactElement {
  const text = texts.use()
  const format = useFormats()
  return (
    <Figures
      items={[
        {
          name: text.records,
          value: format.number(counts.records),
          help: (
            <>
              {format.number(counts.imported)} {isDry ? text.imported : text.importedDone}
            </>
          ),
        },
        { name: text.annotationCount, value: format.number(counts.annotations) },
        {
          name: text.assetsMatched,
          value: text.assetsOf(format.number(counts.assets_matched), format.number(counts.assets)),
        },
        { name: text.notImportedKind, value: format.number(counts.not_imported) },
        { name: text.warnings, value: format.number(counts.warnings) },
      ]}
    />
  )
}

function UndoButton({ undo, isDisabled }: { undo: () => void; isDisabled: boolean }): ReactElement {
  const text = texts.use()
  const [isOpen, setIsOpen] = useState(false)
  return (
    <DialogTrigger isOpen={isOpen} onOpenChange={setIsOpen}>
      <Button isDisabled={isDisabled}>
        <Undo2 aria-hidden />
        {text.undo}
      </Button>
      <Dialog title={text.undoSure}>
        {(close) => (
          <>
            <p>{text.undoSureHelp}</p>
            <footer>
              <Button onPress={close}>{text.cancel}</Button>
              <Button
                kind="danger"
                onPress={() => {
                  undo()
                  close()
                }}
              >
                {text.undoYes}
              </Button>
            </footer>
          </>
        )}
      </Dialog>
    </DialogTrigger>
  )
}
