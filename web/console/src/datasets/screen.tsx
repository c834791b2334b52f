import { Link, useSearch } from '@tanstack/react-router'
import { Plus } from 'lucide-react'
import type { ReactElement } from 'react'
import { assetsOf, filterOf, type HandedOver } from '../app/handed-over'
import { useProject } from '../app/project'
import { buttonClass } from '../ui/button'
import { EmptyState } from '../ui/notice'
import { Page } from '../ui/page'
import { BackLink } from './back-link'
import { Datasets, Versions } from './lists'
import { NewVersion } from './new-version'
import { texts } from './texts'
import { PARTS, VersionPage } from './version-page'

/** State of the page in its address. Other screens hand a new version its assets: a filter, a view, ids. */
export interface DatasetsSearch extends HandedOver {
  dataset?: string
  version?: number | string
  show?: string
  split?: string
  against?: number
  new?: boolean
}

/** The page of data sets: the list, the versions of one, one version. */
export function DatasetsScreen(): ReactElement {
  const text = texts.use()
  const { project, canEdit } = useProject()
  const search: DatasetsSearch = useSearch({ from: '/p/$project/datasets' })
  const { dataset: name } = search
  if (search.new)
    return (
      <Page title={name ? text.newVersion : text.newDataset} lead={text.lead}>
        <BackLink {...(name ? { name } : {})} />
        {canEdit ? (
          <NewVersion name={name} filter={filterOf(search)} view={search.view} assetIds={assetsOf(search)} />
        ) : (
          <EmptyState title={text.viewerOnly} />
        )}
      </Page>
    )
  if (name && search.version !== undefined)
    return (
      <VersionPage
        name={name}
        version={String(search.version)}
        show={PARTS.find((each) => each === search.show) ?? 'overview'}
        split={search.split}
        against={search.against}
      />
    )
  const make = canEdit ? (
    <Link
      to="/p/$project/datasets"
      params={{ project }}
      search={{ new: true, ...(name ? { dataset: name } : {}) }}
      className={buttonClass('primary')}
    >
      <Plus aria-hidden />
      {name ? text.newVersion : text.newDataset}
    </Link>
  ) : null
  if (name)
    return (
      <Page title={name} actions={make}>
        <BackLink />
        <Versions name={name} />
      </Page>
    )
  return (
    <Page title={text.title} lead={text.lead} actions={make}>
      <Datasets action={make} />
    </Page>
  )
}
