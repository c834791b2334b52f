import { Link } from '@tanstack/react-router'
import { ArrowLeft } from 'lucide-react'
import type { ReactElement } from 'react'
import { useProject } from '../app/project'
import page from '../ui/page.module.css'
import { texts } from './texts'

/** The way back: to the versions of a data set, or to all data sets. */
export function BackLink({ name }: { name?: string }): ReactElement {
  const text = texts.use()
  const { project } = useProject()
  return (
    <Link to="/p/$project/datasets" params={{ project }} search={name ? { dataset: name } : {}} className={page.back}>
      <ArrowLeft aria-hidden />
      {name ? text.backTo(name) : text.back}
    </Link>
  )
}
