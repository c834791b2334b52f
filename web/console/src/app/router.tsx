/**
 * Addresses of the console. The gallery is part of the start; each other screen is loaded when it is opened, and
 * declares the words of its own address.
 */
import type { Client } from '@foveal/client'
import { createRootRoute, createRoute, createRouter, Link, lazyRouteComponent, Outlet } from '@tanstack/react-router'
import { GalleryScreen, prepare } from '../gallery/screen'
import { EmptyState, ErrorState, Loading } from '../ui/notice'
import { signerOf } from './project'
import { ProjectShell } from './shell'
import styles from './shell.module.css'
import { texts } from './texts'

const root = createRootRoute({ component: Outlet, notFoundComponent: NoSuchPage })
const projects = createRoute({
  getParentRoute: () => root,
  path: '/',
  component: lazyRouteComponent(() => import('./projects'), 'Projects'),
})
const project = createRoute({ getParentRoute: () => root, path: '/p/$project', component: ProjectShell })
const operations = createRoute({
  getParentRoute: () => root,
  path: '/operations',
  component: lazyRouteComponent(() => import('../operations/screen'), 'OperationsScreen'),
})
const under = { getParentRoute: () => project } as const

const assets = createRoute({
  ...under,
  path: 'assets',
  validateSearch: (search: Record<string, unknown>) => search,
  component: GalleryScreen,
})
const asset = createRoute({
  ...under,
  path: 'a/$asset',
  validateSearch: (search: Record<string, unknown>) => search,
  component: lazyRouteComponent(() => import('../viewer/screen'), 'ViewerScreen'),
})
const upload = createRoute({
  ...under,
  path: 'upload',
  component: lazyRouteComponent(() => import('../upload/screen'), 'UploadScreen'),
})
const review = createRoute({
  ...under,
  path: 'review',
  validateSearch: (search: Record<string, unknown>) => search,
  component: lazyRouteComponent(() => import('../review/screen'), 'ReviewScreen'),
})
const labels = createRoute({
  ...under,
  path: 'labels',
  validateSearch: (search: Record<string, unknown>) => search,
  component: lazyRouteComponent(() => import('../labels/screen'), 'LabelsScreen'),
})
const datasets = createRoute({
  ...under,
  path: 'datasets',
  validateSearch: (search: Record<string, unknown>) => search,
  component: lazyRouteComponent(() => import('../datasets/screen'), 'DatasetsScreen'),
})
const settings = createRoute({
  ...under,
  path: 'settings',
  validateSearch: (search: Record<string, unknown>) => search,
  component: lazyRouteComponent(() => import('../project/screen'), 'ProjectScreen'),
})

function NoSuchPage() {
  const text = texts.use()
  return (
    <main className={styles.alone}>
      <EmptyState isPage title={text.noSuchPage} action={<Link to="/">{text.toProjects}</Link>}>
        {text.noSuchPageHelp}
      </EmptyState>
    </main>
  )
}

export const router = createRouter({
  routeTree: root.addChildren([
    projects,
    operations,
    project.addChildren([assets, asset, upload, review, labels, datasets, settings]),
  ]),
  basepath: import.meta.env.BASE_URL,
  defaultPendingComponent: Loading,
  defaultErrorComponent: ({ error, reset }) => <ErrorState error={error} retry={reset} />,
  defaultNotFoundComponent: NoSuchPage,
  scrollRestoration: false,
})

/** Load the code of the screen at the page's address, which needs nobody to be signed in. */
export function preloadScreen(): void {
  const { pathname, search } = router.latestLocation
  for (const { routeId } of router.matchRoutes(pathname, search))
    router.loadRouteChunk(router.routesById[routeId])?.catch(() => {}) // the route says so when it is shown
}

/** Ask for the assets of the gallery at the page's address, if there is one, while the caller's account is on its way. */
export function prepareGallery(client: Client): void {
  const { pathname, search } = router.latestLocation
  const match = router.matchRoutes(pathname, search).find(({ routeId }) => routeId === assets.id)
  if (!match) return
  const { project } = match.params as { project: string }
  prepare({ client, signer: signerOf(client, project) }, project, match.search)
}

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router
  }
}
