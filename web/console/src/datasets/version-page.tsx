/** One version of a data set: overview, members, comparison; export and deletion. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { Download, Trash2 } from 'lucide-react'
import type { ReactElement } from 'react'
import { useApp } from '../app/context'
import { useProject } from '../app/project'
import { Button, buttonClass } from '../ui/button'
import { ErrorState, Loading, Notice, sentenceOf } from '../ui/notice'
import { Dialog, DialogTrigger } from '../ui/overlay'
import { Page } from '../ui/page'
import page from '../ui/page.module.css'
import { BackLink } from './back-link'
import { Compare } from './compare'
import { VersionState } from './lists'
import { Members } from './members'
import { Overview } from './overview'
import { isBusy, useQueries, type Version } from './queries'
import { texts } from './texts'

export const PARTS = ['overview', 'members', 'compare'] as const
export type Part = (typeof PARTS)[number]

export interface VersionPageProps {
  name: string
  version: string
  show: Part
  split: string | undefined
  against: number | undefined
}

export function VersionPage({ name, version, show, split, against }: VersionPageProps): ReactElement {
  const text = texts.use()
  const { project } = useProject()
  const found = useQuery(useQueries().version(name, version))
  return (
    <Page
      title={text.titleOf(name, version)}
      lead={found.data?.description ?? undefined}
      actions={found.data ? <Actions found={found.data} /> : undefined}
    >
      <BackLink name={name} />
      {found.isPending ? <Loading /> : null}
      {found.error ? <ErrorState error={found.error} retry={found.refetch} /> : null}
      {found.data && found.data.state !== 'ready' ? <NotReady found={found.data} /> : null}
      {found.data?.state === 'ready' ? (
        <>
          <nav className={page.tabs} aria-label={text.parts}>
            {PARTS.map((part) => (
              <Link
                key={part}
                to="/p/$project/datasets"
                params={{ project }}
                search={{ dataset: name, version, ...(part === 'overview' ? {} : { show: part }) }}
                activeOptions={{ exact: true }}
                aria-current={part === show ? 'page' : undefined}
              >
                {text[part]}
              </Link>
            ))}
          </nav>
          {show === 'overview' ? <Overview found={found.data} /> : null}
          {show === 'members' ? <Members found={found.data} split={split} /> : null}
          {show === 'compare' ? <Compare found={found.data} against={against} /> : null}
        </>
      ) : null}
    </Page>
  )
}

function NotReady({ found }: { found: Version }): ReactElement {
  const text = texts.use()
  const { client } = useApp()
  const job = useQuery({
    queryKey: ['job', found.job_id],
    queryFn: () => client.request('GET /v1/jobs/{job_id}', { path: { job_id: found.job_id ?? '' } }),
    enabled: found.job_id !== undefined,
    refetchInterval: 2_000,
  }).data
  return (
    <>
      <div>
        <VersionState state={found.state} />
      </div>
      {isBusy(found) ? <Notice kind="info">{text.beingMade}</Notice> : null}
      {job?.failure ? <Notice kind="danger">{job.failure.detail}</Notice> : null}
    </>
  )
}

function Actions({ found }: { found: Version }): ReactElement {
  const text = texts.use()
  const { project, canEdit, isAdmin } = useProject()
  const { dataset, version, state } = found
  return (
    <>
      {canEdit && state === 'ready' ? (
        <Link
          to="/p/$project/labels"
          params={{ project }}
          search={{ export: 'new', dataset, version }}
          className={buttonClass()}
        >
          <Download aria-hidden />
          {text.exportIt}
        </Link>
      ) : null}
      {isAdmin && state !== 'deleting' ? <DeleteButton found={found} /> : null}
    </>
  )
}

function DeleteButton({ found: { dataset: name, version } }: { found: Version }): ReactElement {
  const text = texts.use()
  const { client } = useApp()
  const { project } = useProject()
  const navigate = useNavigate()
  const queries = useQueryClient()
  const remove = useMutation({
    mutationFn: () =>
      client.request('DELETE /v1/projects/{project}/datasets/{name}/versions/{version}', {
        path: { project, name, version: String(version) },
      }),
    onSuccess: async () => {
      await navigate({ to: '/p/$project/datasets', params: { project }, search: { dataset: name } })
      await queries.invalidateQueries()
    },
  })
  return (
    <DialogTrigger onOpenChange={() => remove.reset()}>
      <Button>
        <Trash2 aria-hidden />
        {text.deleteIt}
      </Button>
      <Dialog title={text.deleteSure(name, version)}>
        {(close) => (
          <>
            <p>{text.deleteSureHelp}</p>
            {remove.error ? <Notice kind="danger">{sentenceOf(remove.error)}</Notice> : null}
            <footer>
              <Button onPress={close}>{text.cancel}</Button>
              <Button kind="danger" isDisabled={remove.isPending} onPress={() => remove.mutate()}>
                {text.deleteYes}
              </Button>
            </footer>
          </>
        )}
      </Dialog>
    </DialogTrigger>
  )
}
