/** The list of label schemas of the project. */
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Tags } from 'lucide-react'
import type { ReactElement } from 'react'
import { useAuthorWords } from '../app/author'
import { useApp } from '../app/context'
import { useProject } from '../app/project'
import { useFormats } from '../text/catalogue'
import { buttonClass } from '../ui/button'
import { useFirstAnswer } from '../ui/in-order'
import { Item, ItemList } from '../ui/item-list'
import { EmptyState, ErrorState, Loading } from '../ui/notice'
import { Card } from '../ui/page'
import styles from './project.module.css'
import { texts } from './texts'

/** Colours that a list shows of a schema. */
const SHOWN_COLOURS = 8

export function Schemas(): ReactElement {
  const text = texts.use()
  const format = useFormats()
  const author = useAuthorWords()
  const { client } = useApp()
  const { project, isAdmin } = useProject()
  const found = useQuery({
    queryKey: ['label-schemas', project],
    queryFn: () =>
      client.request('GET /v1/projects/{project}/label-schemas', { path: { project }, query: { limit: 500 } }),
  })
  useFirstAnswer(found)
  const make = isAdmin ? (
    <Link to="/p/$project/settings" params={{ project }} search={{ schema: '' }} className={buttonClass()}>
      {text.newSchema}
    </Link>
  ) : undefined
  return (
    <Card title={text.schemas} actions={make}>
      {found.isPending ? <Loading /> : null}
      {found.error ? <ErrorState error={found.error} retry={found.refetch} /> : null}
      {found.data?.items.length === 0 ? (
        <EmptyState icon={Tags} title={text.noSchemas}>
          {text.noSchemasHelp}
        </EmptyState>
      ) : null}
      <ItemList isInCard label={text.schemas}>
        {(found.data?.items ?? []).map(({ name, revision, labels, enforced_fields, created_by, created_at }) => (
          <Item
            key={name}
            title={
              <Link to="/p/$project/settings" params={{ project }} search={{ schema: name }}>
                {name}
              </Link>
            }
            facts={[
              text.labels(labels.length),
              text.revision(revision),
              enforced_fields.length > 0 ? text.enforcedIn(format.list(enforced_fields)) : '',
              author(created_by),
              format.time(created_at),
            ]
              .filter(Boolean)
              .join(' · ')}
            state={
              <span className={styles.colours} aria-hidden>
                {labels
                  .slice(0, SHOWN_COLOURS)
                  .map((label) => (label.color ? <i key={label.name} style={{ background: label.color }} /> : null))}
              </span>
            }
          />
        ))}
      </ItemList>
    </Card>
  )
}
