/** Context of the screens of one project: its name, the signer of URLs, the queue of uploads. */
import { type Client, createSigner, type Signer } from '@foveal/client'
import { FovealProvider } from '@foveal/client/react'
import { useParams } from '@tanstack/react-router'
import type { ReactElement, ReactNode } from 'react'
import { useApp, useRole } from './context'

let last: { client: Client; project: string; signer: Signer } | undefined

/** Return the signer of a project, the same one until another project is opened. */
export function signerOf(client: Client, project: string): Signer {
  if (last?.client !== client || last.project !== project)
    last = { client, project, signer: createSigner(client, { project }) }
  return last.signer
}

export function ProjectProvider({ project, children }: { project: string; children: ReactNode }): ReactElement {
  const { client } = useApp()
  return (
    <FovealProvider client={client} project={project} signer={signerOf(client, project)}>
      {children}
    </FovealProvider>
  )
}

export interface Project {
  project: string
  /** Whether the caller may change labels, tags and assets. */
  canEdit: boolean
  isAdmin: boolean
}

/** Return the project of the page and the caller's rights in it. */
export function useProject(): Project {
  const { project } = useParams({ from: '/p/$project' })
  const role = useRole(project)
  return { project, canEdit: role === 'editor' || role === 'admin', isAdmin: role === 'admin' }
}
