/** The form of a new version: what it holds, and how it is divided. */
import type { Filter } from '@foveal/client'
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { Plus, X } from 'lucide-react'
import { type ReactElement, useState } from 'react'
import { useApp } from '../app/context'
import { useProject } from '../app/project'
import { useFormats } from '../text/catalogue'
import { Button, IconButton } from '../ui/button'
import { Checkbox, Select, TextField } from '../ui/field'
import { Loading, Notice, sentenceOf } from '../ui/notice'
import { Card } from '../ui/page'
import { placeholderOf } from '../ui/placeholder'
import styles from './datasets.module.css'
import { useQueries, type Version } from './queries'
import { texts } from './texts'
import { bodyOf, formOf, isWhole, type Share, type SourceKind, sumOf, type VersionForm } from './version-form'

const NOT_KEPT = 'none'

export interface NewVersionProps {
  /** The data set that gets a further version; a new one is named in the form. */
  name?: string | undefined
  filter?: Filter | undefined
  view?: string | undefined
  assetIds?: string[] | undefined
}

export function NewVersion(given: NewVersionProps): ReactElement {
  const newest = useQuery({ ...useQueries().version(given.name ?? '', 'newest'), enabled: Boolean(given.name) })
  if (given.name && newest.isPending) return <Loading />
  return <NewVersionForm given={given} newest={newest.data} /> // without a complete version there is none: 404
}

function NewVersionForm({ given, newest }: { given: NewVersionProps; newest: Version | undefined }): ReactElement {
  const text = texts.use()
  const { client } = useApp()
  const { project } = useProject()
  const navigate = useNavigate()
  const queries = useQueryClient()
  const [name, setName] = useState(given.name ?? '')
  const [form, setForm] = useState<VersionForm>(() => formOf(given, newest))
  const change = (changed: Partial<VersionForm>) => setForm({ ...form, ...changed })
  const make = useMutation({
    mutationFn: () =>
      client.request('POST /v1/projects/{project}/datasets/{name}/versions', {
        path: { project, name: name.trim() },
        body: bodyOf(form, given),
      }),
    onSuccess: async ({ version }) => {
      await queries.invalidateQueries({ queryKey: ['datasets', project] })
      await queries.invalidateQueries({ queryKey: ['dataset-versions', project, name.trim()] })
      const search = { dataset: name.trim(), version }
      await navigate({ to: '/p/$project/datasets', params: { project }, search, replace: true })
    },
  })
  return (
    <Card>
      <div className={styles.fields}>
        <TextField
          label={text.name}
          help={text.nameHelp}
          value={name}
          onChange={setName}
          isDisabled={Boolean(given.name)}
        />
        <TextField
          label={text.description}
          value={form.description}
          onChange={(description) => change({ description })}
        />
      </div>
      <SourceFields form={form} change={change} given={given} />
      <Checkbox isSelected={form.hasSplits} onChange={(hasSplits) => change({ hasSplits })}>
        {text.withSplits}
      </Checkbox>
      {form.hasSplits ? <SplitFields form={form} change={change} name={given.name} /> : null}
      {make.error ? <Notice kind="danger">{sentenceOf(make.error)}</Notice> : null}
      <div>
        <Button
          kind="primary"
          isDisabled={make.isPending || !name.trim() || !isWhole(form)}
          onPress={() => make.mutate()}
        >
          {text.make}
        </Button>
      </div>
    </Card>
  )
}

interface FieldsProps {
  form: VersionForm
  change: (changed: Partial<VersionForm>) => void
}

function SourceFields({ form, change, given }: FieldsProps & { given: NewVersionProps }): ReactElement {
  const { filter } = given
  const text = texts.use()
  const { client } = useApp()
  const { project } = useProject()
  const words: Record<SourceKind, string> = {
    everything: text.everything,
    filter: text.filter,
    view: text.view,
    list: text.list,
  }
  const kinds: SourceKind[] = filter ? ['filter', 'everything', 'view', 'list'] : ['everything', 'view', 'list']
  const views = useQuery({
    queryKey: ['views', project, 'names'],
    queryFn: () => client.request('GET /v1/projects/{project}/views', { path: { project }, query: { limit: 500 } }),
    enabled: form.source === 'view',
  })
  return (
    <div className={styles.fields}>
      <div>
        <Select
          label={text.from}
          options={kinds.map((id) => ({ id, text: words[id] }))}
          value={form.source}
          onChange={(source) => change({ source })}
        />
        <Estimate form={form} given={given} />
      </div>
      {form.source === 'view' ? (
        <Select
          label={text.whichView}
          placeholder={placeholderOf(views, views.data?.items.length === 0 ? text.noViews : text.choose)}
          isDisabled={!views.data?.items.length}
          options={(views.data?.items ?? []).map((view) => ({ id: view.name, text: view.name }))}
          value={form.view ?? null}
          onChange={(view) => change({ view })}
        />
      ) : null}
      {form.source === 'list' ? (
        <TextField label={text.ids} help={text.idsHelp} rows={4} value={form.ids} onChange={(ids) => change({ ids })} />
      ) : null}
    </div>
  )
}

/** The number of assets that the version would have. */
function Estimate({
  form,
  given: { filter, view },
}: {
  form: VersionForm
  given: NewVersionProps
}): ReactElement | null {
  const text = texts.use()
  const { client } = useApp()
  const { project } = useProject()
  const body = {
    ...(form.source === 'filter' && filter ? { filter } : {}),
    ...(form.source === 'filter' && view ? { view } : {}),
    ...(form.source === 'view' && form.view ? { view: form.view } : {}),
    aggregates: { all: { count: {} } },
  }
  const found = useQuery({
    queryKey: ['dataset-estimate', project, body],
    queryFn: ({ signal }) =>
      client.request('POST /v1/projects/{project}/assets/aggregate', { path: { project }, body, signal }),
    enabled: form.source !== 'list' && (form.source !== 'view' || Boolean(form.view)),
  })
  const count = found.data?.aggregates.all
  return count && 'count' in count ? (
    <p className={`${styles.help} ${styles.estimate}`}>{text.estimate(count.count)}</p>
  ) : null
}

function SplitFields({ form, change, name }: FieldsProps & { name: string | undefined }): ReactElement {
  const text = texts.use()
  const format = useFormats()
  const versions = useInfiniteQuery({ ...useQueries().versions(name ?? ''), enabled: Boolean(name) })
  const older = (versions.data?.pages ?? []).flatMap((page) => page.items).filter((each) => each.state === 'ready')
  const sum = sumOf(form.shares)
  const set = (at: number, changed: Partial<Share>) =>
    change({ shares: form.shares.map((share, index) => (index === at ? { ...share, ...changed } : share)) })
  return (
    <fieldset className={styles.splitFields}>
      <legend>{text.shares}</legend>
      <ul className={styles.shares}>
        {form.shares.map((share, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: names are typed, and may be equal for a moment
          <li key={index}>
            <TextField
              label={text.splitName}
              isLabelHidden
              value={share.name}
              onChange={(typed) => set(index, { name: typed })}
            />
            <TextField
              label={text.shareOf(share.name)}
              isLabelHidden
              inputMode="decimal"
              value={share.percent}
              onChange={(percent) => set(index, { percent })}
            />
            <span aria-hidden>%</span>
            <IconButton
              label={text.removeSplit(share.name)}
              isDisabled={form.shares.length < 2}
              onPress={() => change({ shares: form.shares.filter((_, at) => at !== index) })}
            >
              <X aria-hidden />
            </IconButton>
          </li>
        ))}
      </ul>
      <div>
        <Button onPress={() => change({ shares: [...form.shares, { name: '', percent: '' }] })}>
          <Plus aria-hidden />
          {text.addSplit}
        </Button>
      </div>
      {Math.abs(sum - 100) < 1e-6 ? null : (
        <Notice kind="warning">{text.notHundred(Number.isNaN(sum) ? '–' : format.percent(sum / 100))}</Notice>
      )}
      <div className={styles.fields}>
        <TextField
          label={text.groupBy}
          help={text.groupByHelp}
          value={form.groupBy}
          onChange={(groupBy) => change({ groupBy })}
        />
        <TextField label={text.seed} value={form.seed} onChange={(seed) => change({ seed })} />
        {older.length > 0 ? (
          <Select
            label={text.keepFrom}
            options={[
              { id: NOT_KEPT, text: text.keepNone },
              ...older.map(({ version }) => ({ id: String(version), text: text.versionOf(version) })),
            ]}
            value={String(form.keepFrom ?? NOT_KEPT)}
            onChange={(chosen) => change({ keepFrom: chosen === NOT_KEPT ? undefined : Number(chosen) })}
          />
        ) : null}
      </div>
      <Checkbox isSelected={form.isStratified} onChange={(isStratified) => change({ isStratified })}>
        {text.stratify}
      </Checkbox>
    </fieldset>
  )
}
