/** Everything that screens share: settings, session, client of the API, the caller's account. */
import type { Answer, Client } from '@foveal/client'
import { createContext, useContext } from 'react'
import type { Session } from '../session/session'
import type { ReadBytes } from './client'
import type { Config } from './config'

export type Account = Answer<'GET /v1/me'>

export interface App {
  config: Config
  session: Session
  client: Client
  bytes: ReadBytes
  account: Account
}

const AppContext = createContext<App | null>(null)
export const AppProvider = AppContext.Provider

export function useApp(): App {
  const app = useContext(AppContext)
  if (!app) throw new Error('Screens are shown below <AppProvider>.')
  return app
}

/** Role of the caller in a project; undefined where the project is not theirs to see. */
export function useRole(project: string): Account['projects'][number]['role'] | undefined {
  return useApp().account.projects.find((each) => each.name === project)?.role
}
