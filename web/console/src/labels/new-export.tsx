/** The form of a new export: what, in which format, with which options. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { type ReactElement, useState } from 'react'
import { useApp } from '../app/context'
import { type HandedOver, isHandedOver } from '../app/handed-over'
import { useProject } from '../app/project'
import { Button } from '../ui/button'
import { Select, TextField } from '../ui/field'
import { Notice, sentenceOf } from '../ui/notice'
import { Card } from '../ui/page'
import { placeholderOf } from '../ui/placeholder'
import { bodyOf, type ExportForm, type Given, kindsOf, type Source, type SourceKind } from './export-form'
import formats from './formats.json'
import styles from './labels.module.css'
import { useQueries } from './queries'
import { shortTitle } from './short-title'
import { texts } from './texts'

const WRITTEN = formats.filter((each) => each.is_written)
const AS_IT_IS = 'as-it-is'

/** `given` is what another screen hands over: a filter, a selection, a view, an import, a data set version. */
export function NewExport({ search, ...given }: Given & { search: HandedOver }): ReactElement {
  const text = texts.use()
  const { client } = useApp()
  const { project } = useProject()
  const navigate = useNavigate()
  const queries = useQueryClient()
  const kinds = kindsOf(given)
  const [source, setSource] = useState<Source>({
    kind: kinds[0] ?? 'everything',
    view: given.view,
    importId: given.importId,
  })
  const [form, setForm] = useState<ExportForm>({
    format: 'coco',
    options: {},
    layers: '',
    fileName: '',
    schema: undefined,
  })
  const format = WRITTEN.find((each) => each.name === form.format)
  const start = useMutation({
    mutationFn: () =>
      client.request('POST /v1/projects/{project}/exports', { path: { project }, body: bodyOf(form, source, given) }),
    onSuccess: async ({ job }) => {
      await queries.invalidateQueries({ queryKey: ['jobs', project] })
      await navigate({ to: '/p/$project/labels', params: { project }, search: { export: job.job_id }, replace: true })
    },
  })
  const words: Record<SourceKind, string> = {
    everything: text.everything,
    filter: text.filtered,
    selection: text.selection(given.assetIds?.length ?? 0),
    view: text.view,
    import: text.anImport,
    dataset: given.dataset ? text.aVersion(given.dataset.name, given.dataset.version) : '',
  }
  const isWhole = (source.kind !== 'view' || source.view) && (source.kind !== 'import' || source.importId)
  return (
    <Card>
      <div className={styles.fields}>
        <Select
          label={text.what}
          options={kinds.map((id) => ({ id, text: words[id] }))}
          value={source.kind}
          onChange={(kind) => setSource({ ...source, kind })}
        />
        {source.kind === 'view' ? (
          <ViewField value={source.view} onChange={(view) => setSource({ ...source, view })} />
        ) : null}
        {source.kind === 'import' ? (
          <ImportField value={source.importId} onChange={(importId) => setSource({ ...source, importId })} />
        ) : null}
        <Select
          label={text.format}
          options={WRITTEN.map(({ name, title }) => ({ id: name, text: shortTitle(title) }))}
          value={form.format}
          onChange={(name) => setForm({ ...form, format: name, options: {} })}
        />
        <TextField
          label={text.layers}
          help={text.layersHelp}
          placeholder="ground_truth"
          value={form.layers}
          onChange={(layers) => setForm({ ...form, layers })}
        />
        <SchemaField value={form.schema} onChange={(schema) => setForm({ ...form, schema })} />
        <TextField
          label={text.fileName}
          placeholder={`${form.format}.zip`}
          value={form.fileName}
          onChange={(fileName) => setForm({ ...form, fileName })}
        />
      </div>
      {format && Object.keys(format.write_options).length > 0 ? (
        <>
          <h2>{text.options}</h2>
          <div className={styles.fields}>
            {Object.entries(format.write_options).map(([name, help]) => (
              <TextField
                key={name}
                label={name}
                help={help}
                value={form.options[name] ?? ''}
                onChange={(value) => setForm({ ...form, options: { ...form.options, [name]: value } })}
              />
            ))}
          </div>
        </>
      ) : null}
      {start.error ? <Notice kind="danger">{sentenceOf(start.error)}</Notice> : null}
      <div>
        <Button kind="primary" isDisabled={start.isPending || !isWhole} onPress={() => start.mutate()}>
          {text.startExport}
        </Button>
      </div>
      {isHandedOver(search) ? (
        <p className={styles.help}>
          {text.orVersion}{' '}
          <Link to="/p/$project/datasets" params={{ project }} search={{ new: true, ...search }}>
            {text.makeVersion}
          </Link>
        </p>
      ) : null}
    </Card>
  )
}

interface ChoiceProps {
  value: string | undefined
  onChange: (value: string) => void
}

function ViewField({ value, onChange }: ChoiceProps): ReactElement {
  const text = texts.use()
  const { client } = useApp()
  const { project } = useProject()
  const views = useQuery({
    queryKey: ['views', project, 'names'],
    queryFn: () => client.request('GET /v1/projects/{project}/views', { path: { project }, query: { limit: 500 } }),
  })
  const options = (views.data?.items ?? []).map(({ name }) => ({ id: name, text: name }))
  return (
    <Select
      label={text.whichView}
      placeholder={placeholderOf(views, options.length === 0 ? text.noViews : text.choose)}
      isDisabled={options.length === 0}
      options={options}
      value={value ?? null}
      onChange={onChange}
    />
  )
}

function ImportField({ value, onChange }: ChoiceProps): ReactElement {
  const text = texts.use()
  const { project } = useProject()
  const { client } = useApp()
  const imports = useQuery({
    queryKey: ['imports', project, 'names'],
    queryFn: () => client.request('GET /v1/projects/{project}/imports', { path: { project }, query: { limit: 100 } }),
  })
  const options = (imports.data?.items ?? [])
    .filter((each) => each.state === 'completed')
    .map(({ import_id, files, format }) => ({ id: import_id, text: `${files[0]?.name} · ${format ?? ''}` }))
  return (
    <Select
      label={text.whichImport}
      placeholder={placeholderOf(imports, options.length === 0 ? text.noCompleteImports : text.choose)}
      isDisabled={options.length === 0}
      options={options}
      value={value ?? null}
      onChange={onChange}
    />
  )
}

function SchemaField({
  value,
  onChange,
}: {
  value: string | undefined
  onChange: (value?: string) => void
}): ReactElement {
  const text = texts.use()
  const found = useQuery(useQueries().schemas)
  const names = (found.data?.items ?? []).map(({ name }) => ({ id: name, text: name }))
  return (
    <Select
      label={text.schema}
      options={[{ id: AS_IT_IS, text: text.schemaNone }, ...names]}
      value={value ?? AS_IT_IS}
      onChange={(chosen) => onChange(chosen === AS_IT_IS ? undefined : chosen)}
    />
  )
}
