/** Lists of data sets and of the versions of one. */
import { useInfiniteQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Database } from 'lucide-react'
import type { ReactElement, ReactNode } from 'react'
import { useAuthorWords } from '../app/author'
import { useProject } from '../app/project'
import { useFormats } from '../text/catalogue'
import { Badge, type BadgeKind } from '../ui/badge'
import { Item, ItemList } from '../ui/item-list'
import { EmptyState, ErrorState, Loading } from '../ui/notice'
import { useQueries, type Version } from './queries'
import { texts } from './texts'

const KINDS: Record<Version['state'], BadgeKind> = {
  creating: 'active',
  ready: 'ok',
  failed: 'danger',
  deleting: 'warning',
}

export function VersionState({ state }: Pick<Version, 'state'>): ReactElement {
  return <Badge kind={KINDS[state]}>{texts.use()[state]}</Badge>
}

export function Datasets({ action }: { action: ReactNode }): ReactElement {
  const text = texts.use()
  const format = useFormats()
  const { project } = useProject()
  const found = useInfiniteQuery(useQueries().datasets)
  if (found.isPending) return <Loading />
  if (found.error) return <ErrorState error={found.error} retry={found.refetch} />
  const items = found.data.pages.flatMap((page) => page.items)
  if (items.length === 0)
    return (
      <EmptyState icon={Database} title={text.none} action={action}>
        {text.noneHelp}
      </EmptyState>
    )
  return (
    <ItemList label={text.title} more={found.hasNextPage ? () => void found.fetchNextPage() : undefined}>
      {items.map(({ name, newest, created_at }) => (
        <Item
          key={name}
          title={
            <Link to="/p/$project/datasets" params={{ project }} search={{ dataset: name }}>
              {name}
            </Link>
          }
          facts={
            newest
              ? [
                  text.versionOf(newest.version),
                  text.assets(newest.asset_count ?? 0),
                  text.annotations(newest.annotation_count ?? 0),
                  format.time(newest.created_at),
                ].join(' · ')
              : [text.noVersion, format.time(created_at)].join(' · ')
          }
        />
      ))}
    </ItemList>
  )
}

export function Versions({ name }: { name: string }): ReactElement {
  const text = texts.use()
  const format = useFormats()
  const { project } = useProject()
  const author = useAuthorWords()
  const found = useInfiniteQuery(useQueries().versions(name))
  if (found.isPending) return <Loading />
  if (found.error) return <ErrorState error={found.error} retry={found.refetch} />
  return (
    <ItemList label={name} more={found.hasNextPage ? () => void found.fetchNextPage() : undefined}>
      {found.data.pages
        .flatMap((page) => page.items)
        .map((each) => (
          <Item
            key={each.version}
            title={
              <Link to="/p/$project/datasets" params={{ project }} search={{ dataset: name, version: each.version }}>
                {text.versionOf(each.version)}
                {each.description ? `: ${each.description}` : ''}
              </Link>
            }
            facts={[
              each.asset_count === undefined ? '' : text.assets(each.asset_count),
              each.annotation_count === undefined ? '' : text.annotations(each.annotation_count),
              author(each.created_by),
              format.time(each.created_at),
            ]
              .filter(Boolean)
              .join(' · ')}
            state={<VersionState state={each.state} />}
          />
        ))}
    </ItemList>
  )
}
