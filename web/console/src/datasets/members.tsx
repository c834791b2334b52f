/** The members of a version to look at, by split. */
import { FovealImage } from '@foveal/client/react'
import { useInfiniteQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { ImageOff } from 'lucide-react'
import type { ReactElement } from 'react'
import { useProject } from '../app/project'
import { Button } from '../ui/button'
import { EmptyState, ErrorState, Loading } from '../ui/notice'
import styles from './datasets.module.css'
import { useQueries, type Version } from './queries'
import { texts } from './texts'

export function Members({ found, split }: { found: Version; split: string | undefined }): ReactElement {
  const text = texts.use()
  const { project } = useProject()
  const { dataset: name, version } = found
  const members = useInfiniteQuery(useQueries().members(name, String(version), split))
  const splits = (found.splits ?? []).flatMap((each) => (each.split === null ? [] : [each.split]))
  const items = members.data?.pages.flatMap((page) => page.items) ?? []
  return (
    <>
      {splits.length > 0 ? (
        <nav className={styles.splits} aria-label={text.splits}>
          {[undefined, ...splits].map((each) => (
            <Link
              key={each ?? ''}
              to="/p/$project/datasets"
              params={{ project }}
              search={{ dataset: name, version, show: 'members', ...(each ? { split: each } : {}) }}
              activeOptions={{ exact: true }}
              aria-current={split === each ? 'true' : undefined}
            >
              {each ?? text.allSplits}
            </Link>
          ))}
        </nav>
      ) : null}
      {members.isPending ? <Loading /> : null}
      {members.error ? <ErrorState error={members.error} retry={members.refetch} /> : null}
      {members.data && items.length === 0 ? <EmptyState title={text.noMembers} /> : null}
      <ul className={styles.grid} aria-label={text.members}>
        {items.map(({ asset_id, file_name, split: assigned, annotations }) => (
          <li key={asset_id}>
            <Link to="/p/$project/a/$asset" params={{ project, asset: asset_id }}>
              <Thumbnail assetId={asset_id} />
              <span>{file_name}</span>
              <small>{[assigned, text.boxes(annotations.length)].filter(Boolean).join(' · ')}</small>
            </Link>
          </li>
        ))}
      </ul>
      {members.hasNextPage ? (
        <div>
          <Button isDisabled={members.isFetchingNextPage} onPress={() => void members.fetchNextPage()}>
            {text.more}
          </Button>
        </div>
      ) : null}
    </>
  )
}

/** A thumbnail of the asset as it is now; a picture of its place where it cannot be had. */
export function Thumbnail({ assetId }: { assetId: string }): ReactElement {
  return (
    <div className={styles.thumbnail}>
      <FovealImage asset={{ asset_id: assetId }} alt="" fallback={<ImageOff aria-hidden />} />
    </div>
  )
}
