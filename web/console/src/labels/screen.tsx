import { Link, useSearch } from '@tanstack/react-router'
import { ArrowLeft } from 'lucide-react'
import type { ReactElement } from 'react'
import { assetsOf, filterOf, type HandedOver, handedOn, isHandedOver } from '../app/handed-over'
import { useProject } from '../app/project'
import { buttonClass } from '../ui/button'
import { EmptyState } from '../ui/notice'
import { Page } from '../ui/page'
import page from '../ui/page.module.css'
import { ExportPage } from './export-page'
import { ImportPage } from './import-page'
import { Imports, Jobs } from './lists'
import { NewExport } from './new-export'
import { NewImport } from './new-import'
import { texts } from './texts'

const TABS = ['imports', 'exports', 'jobs'] as const

/** State of the page in its address. Other screens hand an export its source: filter, ids, view, import, version. */
export interface LabelsSearch extends HandedOver {
  show?: (typeof TABS)[number]
  /** An import, or `new`. */
  import?: string
  /** The job of an export, or `new`. */
  export?: string
  from?: string
  dataset?: string
  version?: number
}

/** The page of label files: imports, exports, and the jobs that carry them out. */
export function LabelsScreen(): ReactElement {
  const text = texts.use()
  const { canEdit } = useProject()
  const search: LabelsSearch = useSearch({ from: '/p/$project/labels' })
  const isExport = search.export === 'new' || (!search.import && !search.export && isHandedOver(search))
  if (search.import === 'new' || isExport) {
    const title = search.import ? text.newImport : text.newExport
    return (
      <Page title={title}>
        <Back show={search.import ? 'imports' : 'exports'} />
        {canEdit ? null : <EmptyState title={text.viewerOnly} />}
        {canEdit && search.import ? <NewImport /> : null}
        {canEdit && isExport ? <NewExport {...givenOf(search)} /> : null}
      </Page>
    )
  }
  if (search.import)
    return (
      <Page title={text.import}>
        <Back show="imports" />
        <ImportPage importId={search.import} />
      </Page>
    )
  if (search.export)
    return (
      <Page title={text.export}>
        <Back show="exports" />
        <ExportPage jobId={search.export} />
      </Page>
    )
  return <Lists show={TABS.find((each) => each === search.show) ?? 'imports'} />
}

const givenOf = ({ from, dataset, version, ...search }: LabelsSearch) => ({
  filter: filterOf(search),
  assetIds: assetsOf(search),
  view: search.view,
  search: handedOn(search),
  importId: from,
  dataset: dataset && version ? { name: dataset, version: Number(version) } : undefined,
})

function Lists({ show }: { show: (typeof TABS)[number] }): ReactElement {
  const text = texts.use()
  const { project, canEdit } = useProject()
  const start = (search: LabelsSearch, words: string) => (
    <Link to="/p/$project/labels" params={{ project }} search={{ ...search }} className={buttonClass()}>
      {words}
    </Link>
  )
  return (
    <Page
      title={text.title}
      lead={text.lead}
      actions={
        canEdit ? (
          <>
            {start({ export: 'new' }, text.newExport)}
            <Link
              to="/p/$project/labels"
              params={{ project }}
              search={{ import: 'new' }}
              className={buttonClass('primary')}
            >
              {text.newImport}
            </Link>
          </>
        ) : undefined
      }
    >
      <nav className={page.tabs} aria-label={text.views}>
        {TABS.map((each) => (
          <Link
            key={each}
            to="/p/$project/labels"
            params={{ project }}
            search={each === 'imports' ? {} : { show: each }}
            activeOptions={{ exact: true }}
            aria-current={each === show ? 'page' : undefined}
          >
            {text[each]}
          </Link>
        ))}
      </nav>
      {show === 'imports' ? <Imports /> : null}
      {show === 'exports' ? <Jobs kind="export" /> : null}
      {show === 'jobs' ? <Jobs /> : null}
    </Page>
  )
}

function Back({ show }: { show: 'imports' | 'exports' }): ReactElement {
  const text = texts.use()
  const { project } = useProject()
  const search = show === 'imports' ? {} : { show }
  return (
    <Link to="/p/$project/labels" params={{ project }} search={search} className={page.back}>
      <ArrowLeft aria-hidden />
      {text.back}
    </Link>
  )
}
