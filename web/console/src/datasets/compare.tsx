/** The differences between two versions, to look at: what was added, removed and changed. */
import { useInfiniteQuery } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { Equal, GitCompare } from 'lucide-react'
import type { ReactElement } from 'react'
import { useProject } from '../app/project'
import { useFormats } from '../text/catalogue'
import { Badge, type BadgeKind } from '../ui/badge'
import { Button } from '../ui/button'
import { Select } from '../ui/field'
import { Figures } from '../ui/item-list'
import { EmptyState, ErrorState, Loading } from '../ui/notice'
import { Card } from '../ui/page'
import styles from './datasets.module.css'
import { Thumbnail } from './members'
import { type Comparison, useQueries, type Version } from './queries'
import { texts } from './texts'

type Difference = Comparison['items'][number]
type Summary = NonNullable<Comparison['summary']>

const KINDS: Record<Difference['change'], BadgeKind> = {
  asset_added: 'ok',
  asset_removed: 'danger',
  bytes_changed: 'warning',
  split_changed: 'warning',
  renamed: 'warning',
  annotation_added: 'ok',
  annotation_removed: 'danger',
  annotation_changed: 'warning',
}

export function Compare({ found, against }: { found: Version; against: number | undefined }): ReactElement {
  const text = texts.use()
  const { project } = useProject()
  const navigate = useNavigate()
  const { dataset: name, version } = found
  const versions = useInfiniteQuery(useQueries().versions(name))
  const older = (versions.data?.pages ?? [])
    .flatMap((page) => page.items)
    .filter((each) => each.version < version && each.state === 'ready')
  if (versions.isPending) return <Loading />
  if (versions.error) return <ErrorState error={versions.error} retry={versions.refetch} />
  if (older.length === 0)
    return (
      <EmptyState icon={GitCompare} title={text.onlyOne}>
        {text.onlyOneHelp}
      </EmptyState>
    )
  const chosen = older.find((each) => each.version === against) ?? older[0]
  return (
    <>
      <div className={styles.narrow}>
        <Select
          label={text.against}
          options={older.map((each) => ({
            id: String(each.version),
            text: `${text.versionOf(each.version)}${each.description ? `: ${each.description}` : ''}`,
          }))}
          value={String(chosen?.version)}
          onChange={(id) =>
            navigate({
              to: '/p/$project/datasets',
              params: { project },
              search: { dataset: name, version, show: 'compare', against: Number(id) },
            })
          }
        />
      </div>
      {chosen ? <Differences name={name} version={version} against={chosen.version} /> : null}
    </>
  )
}

function Differences({ name, version, against }: { name: string; version: number; against: number }): ReactElement {
  const text = texts.use()
  const format = useFormats()
  const found = useInfiniteQuery(useQueries().diff(name, String(version), against))
  if (found.isPending) return <Loading />
  if (found.error) return <ErrorState error={found.error} retry={found.refetch} />
  const items = found.data.pages.flatMap((page) => page.items)
  const summary = found.data.pages[0]?.summary
  const changes = Object.entries(summary?.changes ?? {}).filter(([, count]) => count > 0)
  if (items.length === 0 && changes.length === 0)
    return (
      <EmptyState icon={Equal} title={text.same}>
        {text.sameHelp}
      </EmptyState>
    )
  return (
    <>
      {summary ? (
        <Card>
          <Figures
            items={changes.map(([change, count]) => ({
              name: text[change as Difference['change']] ?? change,
              value: format.number(count),
            }))}
          />
          <LabelChanges labels={summary.labels} />
        </Card>
      ) : null}
      <ul className={styles.differences} aria-label={text.compare}>
        {items.map((item) => (
          <DifferenceRow key={`${item.change} ${item.asset_id} ${item.annotation_id ?? ''}`} item={item} />
        ))}
      </ul>
      {found.hasNextPage ? (
        <div>
          <Button isDisabled={found.isFetchingNextPage} onPress={() => void found.fetchNextPage()}>
            {text.more}
          </Button>
        </div>
      ) : null}
    </>
  )
}

function LabelChanges({ labels }: { labels: Summary['labels'] }): ReactElement | null {
  const text = texts.use()
  const format = useFormats()
  const changed = labels.filter(({ before, after }) => before !== after)
  if (changed.length === 0) return null
  return (
    <div className={styles.scroll}>
      <table className={styles.table}>
        <caption>{text.labelsBeforeAfter}</caption>
        <thead>
          <tr>
            <th scope="col">{text.label}</th>
            <th scope="col">{text.before}</th>
            <th scope="col">{text.after}</th>
          </tr>
        </thead>
        <tbody>
          {changed.map(({ label, before, after }) => (
            <tr key={label ?? ''}>
              <th scope="row">{label ?? text.noLabel}</th>
              <td>{format.number(before)}</td>
              <td>{format.number(after)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

function DifferenceRow({ item }: { item: Difference }): ReactElement {
  const text = texts.use()
  const format = useFormats()
  const { project } = useProject()
  const { change, asset_id, file_name, annotation_id, before, after, kinds } = item
  const words = { geometry: text.geometry, label: text.labelKind, attributes: text.attributes, other: text.other }
  const facts: string[] = []
  if (before !== undefined && after !== undefined && !annotation_id)
    facts.push(text.change(String(before ?? '–'), String(after ?? '–')))
  if (kinds) facts.push(kinds.length > 0 ? format.list(kinds.map((each) => words[each])) : text.newRevision)
  if (item.revision_before !== undefined && item.revision_after !== undefined)
    facts.push(text.change(text.revision(item.revision_before), text.revision(item.revision_after)))
  return (
    <li>
      <Thumbnail assetId={asset_id} />
      <div>
        <Link
          to="/p/$project/a/$asset"
          params={{ project, asset: asset_id }}
          search={annotation_id ? { ann: annotation_id } : {}}
        >
          {file_name}
        </Link>
        <small>{facts.join(' · ')}</small>
      </div>
      <Badge kind={KINDS[change]}>{text[change]}</Badge>
    </li>
  )
}
