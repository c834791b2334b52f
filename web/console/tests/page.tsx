/** A page of a project in a document of happy-dom: real client, real router; answers as a test says. */
import type { Client } from '@foveal/client'
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import {
  createMemoryHistory,
  createRootRoute,
  createRoute,
  createRouter,
  Outlet,
  RouterProvider,
} from '@tanstack/react-router'
import { act, type ReactElement } from 'react'
import { createRoot, type Root } from 'react-dom/client'
import { afterEach, vi } from 'vitest'
import { type App, AppProvider } from '../src/app/context'
import { setLocale } from '../src/text/preferences'

type Role = 'viewer' | 'editor' | 'admin'

const roots: [Root, HTMLElement][] = []

afterEach(async () => {
  for (const [root, host] of roots.splice(0)) {
    await act(async () => root.unmount())
    host.remove()
  }
  setLocale('en')
})

/** Show a component as a person with a role in the project `zoo` sees it, and return its document. */
export async function shown(page: ReactElement, client: Client, role: Role = 'admin'): Promise<HTMLElement> {
  Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true })
  const host = document.body.appendChild(document.createElement('div'))
  const root = createRoot(host)
  roots.push([root, host])
  const top = createRootRoute({ component: Outlet })
  const project = createRoute({ getParentRoute: () => top, path: '/p/$project', component: () => page })
  const router = createRouter({
    routeTree: top.addChildren([project]),
    history: createMemoryHistory({ initialEntries: ['/p/zoo'] }),
  })
  const account = { subject: 'me', is_operator: false, projects: [{ name: 'zoo', role }] }
  const session = { renew: () => Promise.reject(new Error('no refresh token')) }
  const queries = new QueryClient({ defaultOptions: { queries: { retry: false } } })
  await act(async () =>
    root.render(
      <AppProvider value={{ client, account, session } as unknown as App}>
        <QueryClientProvider client={queries}>
          <RouterProvider router={router as never} />
        </QueryClientProvider>
      </AppProvider>,
    ),
  )
  return host
}

/** Press the button with a name, wherever it is in the document. */
export const press = (name: string): Promise<void> =>
  act(async () => [...document.querySelectorAll('button')].find((each) => each.textContent === name)?.click())

/** Write into a field as a person does. */
export async function write(field: HTMLInputElement | HTMLTextAreaElement, value: string): Promise<void> {
  await act(async () => {
    Object.getOwnPropertyDescriptor(Object.getPrototypeOf(field), 'value')?.set?.call(field, value)
    field.dispatchEvent(new Event('input', { bubbles: true }))
  })
}

/** Wait until the document of a page says something. */
export const until = (look: () => void): Promise<void> => vi.waitFor(async () => act(async () => look()), 5_000)
