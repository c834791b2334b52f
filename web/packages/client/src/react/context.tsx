/** The session that components share: one signer and one queue of uploads for a project. */
import { createContext, type ReactElement, type ReactNode, useContext, useEffect, useMemo } from 'react'
import type { Client } from '../client.js'
import { createSigner, type Signer } from '../signer.js'
import { createUploads } from '../uploads/index.js'
import type { Uploads, UploadsOptions } from '../uploads/types.js'

/** Width in pixels of each rendition by name, as the stage configures them (`[render.renditions]`). */
export type Renditions = Record<string, number>

/** Renditions of a stage that configures none. */
export const DEFAULT_RENDITIONS: Renditions = { thumbnail: 320, preview: 1280 }

export interface Session {
  client: Client
  project: string
  renditions: Renditions
  signer: Signer
  /** Return the queue, made at the first call: it asks the API for the caller, and goes on with what a reload stopped. */
  uploads(): Uploads
  /** Keep the queue while components are mounted. Returns the end of it. */
  keep(): () => void
}

const SessionContext = createContext<Session | null>(null)

export interface FovealProviderProps {
  client: Client
  project: string
  renditions?: Renditions
  /** Least validity of the pictures' URLs; the server's default is one hour. */
  expiresInSeconds?: number
  uploads?: Omit<UploadsOptions, 'project'>
  /** Signer of the project that the page has already, for example for URLs that were asked for before it is shown. */
  signer?: Signer
  children?: ReactNode
}

/** Provide client, signer and uploads of a project to `FovealImage`, `useUpload` and `useGallery`. */
export function FovealProvider(props: FovealProviderProps): ReactElement {
  const { client, project, children } = props
  // biome-ignore lint/correctness/useExhaustiveDependencies: options count when the session is made
  const session = useMemo(() => createSession(props), [client, project])
  useEffect(() => session.keep(), [session])
  return <SessionContext.Provider value={session}>{children}</SessionContext.Provider>
}

/** Return the session of the provider above. */
export function useFoveal(): Session {
  const session = useContext(SessionContext)
  if (!session) throw new Error('Put <FovealProvider client={…} project="…"> around this component.')
  return session
}

function createSession(props: FovealProviderProps): Session {
  const { client, project, renditions = DEFAULT_RENDITIONS, expiresInSeconds, uploads } = props
  const signer = props.signer ?? createSigner(client, { project, ...(expiresInSeconds ? { expiresInSeconds } : {}) })
  let queue: Uploads | undefined
  let closing: ReturnType<typeof setTimeout>
  return {
    ...{ client, project, renditions, signer },
    uploads() {
      queue ??= createUploads(client, { project, ...uploads })
      return queue
    },
    keep() {
      clearTimeout(closing)
      return () => {
        // React's strict mode unmounts and mounts again at once, and the same queue goes on.
        closing = setTimeout(() => {
          queue?.close()
          queue = undefined
        })
      }
    },
  }
}
