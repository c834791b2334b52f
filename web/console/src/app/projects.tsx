/** The projects of the caller: first page after sign-in. One project alone is opened at once. */
import { Link, Navigate } from '@tanstack/react-router'
import { FolderX } from 'lucide-react'
import type { ReactElement } from 'react'
import { EmptyState } from '../ui/notice'
import { Page } from '../ui/page'
import { useApp } from './context'
import { NewProject } from './new-project'
import styles from './shell.module.css'
import { texts } from './texts'

export function Projects(): ReactElement {
  const text = texts.use()
  const { projects, is_operator } = useApp().account
  const operations = is_operator ? (
    <>
      <Link to="/operations">{text.operations}</Link>
      <NewProject />
    </>
  ) : undefined
  if (projects.length === 0)
    return (
      <div className={styles.alone}>
        <EmptyState icon={FolderX} title={text.noProjects} action={operations}>
          {is_operator ? text.noProjectsOperator : text.noProjectsHelp}
        </EmptyState>
      </div>
    )
  const [only] = projects
  if (projects.length === 1 && only && !is_operator)
    return <Navigate to="/p/$project/assets" params={{ project: only.name }} replace />
  return (
    <main>
      <Page title={text.chooseProject} actions={operations}>
        <ul className={styles.projects}>
          {projects.map(({ name, role }) => (
            <li key={name}>
              <Link to="/p/$project/assets" params={{ project: name }}>
                {name}
                <small>{text[role]}</small>
              </Link>
            </li>
          ))}
        </ul>
      </Page>
    </main>
  )
}
