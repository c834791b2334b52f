/** One label schema: its labels with colours, types and skeletons, its revisions; admins write the next one. */
import { ApiError } from '@foveal/client'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { ArrowLeft, Plus } from 'lucide-react'
import { type ReactElement, useState } from 'react'
import { useAuthorWords } from '../app/author'
import { useApp } from '../app/context'
import { useProject } from '../app/project'
import { useFormats } from '../text/catalogue'
import { Button } from '../ui/button'
import { Select, TextField } from '../ui/field'
import { ErrorState, Loading, Notice, sentenceOf } from '../ui/notice'
import { Card, Page } from '../ui/page'
import page from '../ui/page.module.css'
import { toast } from '../ui/toasts'
import { LabelRow } from './label-row'
import styles from './project.module.css'
import { draftOf, type LabelDraft, newLabel, problemOf, type Schema, schemaOf } from './schema-draft'
import { texts } from './texts'

export function SchemaPage({ name, revision }: { name: string; revision: number | undefined }): ReactElement {
  const text = texts.use()
  const { client } = useApp()
  const { project, isAdmin } = useProject()
  const path = { project, name }
  const isNew = name === ''
  const newest = useQuery({
    queryKey: ['label-schema', project, name],
    queryFn: () => client.request('GET /v1/projects/{project}/label-schemas/{name}', { path }),
    enabled: !isNew,
  })
  const chosen = useQuery({
    queryKey: ['label-schema', project, name, revision],
    queryFn: () =>
      client.request('GET /v1/projects/{project}/label-schemas/{name}', { path, query: revision ? { revision } : {} }),
    enabled: !isNew && revision !== undefined,
  })
  const shown = revision === undefined ? newest : chosen
  return (
    <Page
      title={isNew ? text.newSchema : text.schemaTitle(name)}
      actions={newest.data ? <Revisions name={name} newest={newest.data.revision} shown={revision} /> : undefined}
    >
      <Link to="/p/$project/settings" params={{ project }} className={page.back}>
        <ArrowLeft aria-hidden />
        {text.back}
      </Link>
      {isAdmin ? null : <Notice kind="info">{text.adminOnly}</Notice>}
      {isNew ? <SchemaForm name="" newest={0} found={undefined} /> : null}
      {!isNew && shown.isPending ? <Loading /> : null}
      {!isNew && shown.error ? <ErrorState error={shown.error} retry={shown.refetch} /> : null}
      {!isNew && shown.data && newest.data ? (
        <SchemaForm
          key={`${shown.data.revision} ${newest.data.revision}`}
          name={name}
          newest={newest.data.revision}
          found={shown.data}
        />
      ) : null}
    </Page>
  )
}

function Revisions({ name, newest, shown }: { name: string; newest: number; shown: number | undefined }): ReactElement {
  const text = texts.use()
  const { project } = useProject()
  const navigate = useNavigate()
  const all = Array.from({ length: newest }, (_, index) => String(newest - index))
  return (
    <Select
      label={text.revisions}
      isLabelHidden
      options={all.map((id) => ({ id, text: text.revision(Number(id)) }))}
      value={String(shown ?? newest)}
      onChange={(id) => {
        const search = { schema: name, ...(Number(id) === newest ? {} : { revision: Number(id) }) }
        void navigate({ to: '/p/$project/settings', params: { project }, search })
      }}
    />
  )
}

interface SchemaFormProps {
  name: string
  /** Number of the newest revision; 0 for a schema that is new. */
  newest: number
  found: Schema | undefined
}

function SchemaForm({ name: given, newest, found }: SchemaFormProps): ReactElement {
  const text = texts.use()
  const format = useFormats()
  const author = useAuthorWords()
  const { client } = useApp()
  const { project, isAdmin } = useProject()
  const navigate = useNavigate()
  const queries = useQueryClient()
  const [name, setName] = useState(given)
  const [draft, setDraft] = useState(() => draftOf(found))
  const setLabel = (at: number, label: LabelDraft | undefined) =>
    setDraft({ ...draft, labels: draft.labels.flatMap((each, index) => (index === at ? (label ?? []) : each)) })
  const problem = problemOf(draft)
  const isChanged = JSON.stringify(draft) !== JSON.stringify(draftOf(found)) || (found && found.revision !== newest)
  const save = useMutation({
    mutationFn: () =>
      client.request('PUT /v1/projects/{project}/label-schemas/{name}', {
        path: { project, name: name.trim() },
        headers: { 'If-Match': `"${newest}"` }, // 0: there is none yet
        body: schemaOf(draft),
      }),
    onSuccess: async ({ revision }) => {
      toast({ text: text.saved(revision) })
      await queries.invalidateQueries({ queryKey: ['label-schema', project] })
      await queries.invalidateQueries({ queryKey: ['label-schemas', project] })
      await navigate({ to: '/p/$project/settings', params: { project }, search: { schema: name.trim() } })
    },
  })
  const hasMoved = save.error instanceof ApiError && save.error.status === 412
  return (
    <>
      {found && found.revision !== newest ? <Notice kind="warning">{text.older}</Notice> : null}
      <Card>
        <div className={styles.fields}>
          {given === '' ? <TextField label={text.name} help={text.nameHelp} value={name} onChange={setName} /> : null}
          <TextField
            label={text.description}
            value={draft.description}
            isReadOnly={!isAdmin}
            onChange={(description) => setDraft({ ...draft, description })}
          />
          <TextField
            label={text.enforced}
            help={text.enforcedHelp}
            value={draft.enforced}
            isReadOnly={!isAdmin}
            onChange={(enforced) => setDraft({ ...draft, enforced })}
          />
        </div>
        {found ? (
          <p className={styles.help}>
            {[text.revision(found.revision), author(found.created_by), format.time(found.created_at)].join(' · ')}
          </p>
        ) : null}
      </Card>
      <Card
        title={text.labels(draft.labels.length)}
        actions={
          isAdmin ? (
            <Button onPress={() => setDraft({ ...draft, labels: [...draft.labels, newLabel()] })}>
              <Plus aria-hidden />
              {text.addLabel}
            </Button>
          ) : undefined
        }
      >
        <ul className={styles.labels}>
          {draft.labels.map((label, index) => (
            <LabelRow
              key={label.id}
              label={label}
              isReadOnly={!isAdmin}
              onChange={(changed) => setLabel(index, changed)}
            />
          ))}
        </ul>
      </Card>
      {isAdmin ? (
        <div className={styles.save}>
          {problem ? (
            <Notice kind="warning">{problem.kind === 'twice' ? text.twice(problem.label) : text[problem.kind]}</Notice>
          ) : null}
          {save.error ? (
            <Notice kind="danger">
              {hasMoved ? text.moved : sentenceOf(save.error)}
              {hasMoved ? (
                <div>
                  <Button onPress={() => queries.invalidateQueries({ queryKey: ['label-schema', project] })}>
                    {text.reload}
                  </Button>
                </div>
              ) : null}
            </Notice>
          ) : null}
          <Button
            kind="primary"
            isDisabled={!isChanged || problem !== undefined || !name.trim() || save.isPending}
            onPress={() => save.mutate()}
          >
            {text.save}
          </Button>
          {isChanged ? null : <small className={styles.help}>{text.unchanged}</small>}
        </div>
      ) : null}
    </>
  )
}
