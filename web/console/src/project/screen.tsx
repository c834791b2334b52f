import { useSearch } from '@tanstack/react-router'
import type { ReactElement } from 'react'
import { useRole } from '../app/context'
import { useProject } from '../app/project'
import { InOrder } from '../ui/in-order'
import { Card, Page } from '../ui/page'
import { Failures } from './failures'
import { Members } from './members'
import styles from './project.module.css'
import { SchemaPage } from './schema-page'
import { Schemas } from './schemas'
import { texts } from './texts'
import { Quota, Usage } from './usage'

/** State of the page in its address: a label schema (empty for a new one), and a revision of it. */
export interface ProjectSearch {
  schema?: string
  revision?: number
}

/** The page of the project: role, quota, members, usage, failures, label schemas. */
export function ProjectScreen(): ReactElement {
  const text = texts.use()
  const { project, isAdmin } = useProject()
  const role = useRole(project) ?? 'viewer'
  const { schema, revision }: ProjectSearch = useSearch({ from: '/p/$project/settings' })
  if (schema !== undefined) return <SchemaPage name={String(schema)} revision={revision} />
  return (
    <Page title={text.title} lead={project}>
      <InOrder>
        <div className={styles.top}>
          <Card title={text.role}>
            <p>
              <b>{text[role]}.</b> {text[`${role}May`]}
            </p>
            {isAdmin ? null : <p className={styles.help}>{text.membersHelp}</p>}
          </Card>
          <Card>
            <Quota />
          </Card>
        </div>
        {isAdmin ? <Members /> : null}
        <Schemas />
        <Failures />
        <Usage />
      </InOrder>
    </Page>
  )
}
