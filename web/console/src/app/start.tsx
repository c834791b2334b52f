/** Start of the page: settings, sign-in or its answer, the caller's account; then the screens. */
import { ApiError, NetworkError } from '@foveal/client'
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { LogIn } from 'lucide-react'
import { type ReactElement, useEffect, useState } from 'react'
import { createSession, type Session, SignInNeeded } from '../session/session'
import { Button } from '../ui/button'
import { EmptyState, ErrorState, Loading, sentenceOf } from '../ui/notice'
import { bytesOf, clientOf } from './client'
import { loadConfig } from './config'
import { type App, AppProvider } from './context'
import { preloadScreen, prepareGallery, router } from './router'
import styles from './shell.module.css'
import { texts } from './texts'

const CALLBACK = `${import.meta.env.BASE_URL}callback`
const here = () => location.pathname + location.search

type State =
  | { kind: 'loading' }
  | { kind: 'failed'; error: unknown }
  | { kind: 'signed-out'; session: Session; error?: unknown }
  | { kind: 'ready'; app: App }

/** Load once for both mounts of React's strict mode: an authorization code can be used once. */
let starting: Promise<State> | undefined

async function start(): Promise<State> {
  preloadScreen()
  const config = await loadConfig()
  const session = createSession(config)
  if (location.pathname === CALLBACK) {
    try {
      const { tokens, returnTo } = await session.flow.finish()
      session.accept(tokens)
      history.replaceState(null, '', returnTo)
    } catch (error) {
      history.replaceState(null, '', import.meta.env.BASE_URL)
      return { kind: 'signed-out', session, error }
    }
  } else if (!(await session.resume())) {
    // A link from outside leads through the issuer at once; after a sign-out the person decides.
    if (location.pathname !== import.meta.env.BASE_URL) return session.flow.begin(here())
    return { kind: 'signed-out', session }
  }
  const client = clientOf(config, session)
  const asked = client.request('GET /v1/me') // before the assets: the page around them is drawn while they are searched
  prepareGallery(client)
  return { kind: 'ready', app: { config, session, client, bytes: bytesOf(config, session), account: await asked } }
}

/** Tell whether a repetition may help: the API refuses again, and after a lost connection the client has tried more. */
const mayRepeat = (count: number, error: unknown) =>
  count < 1 &&
  !(error instanceof SignInNeeded || error instanceof NetworkError) &&
  !(error instanceof ApiError && error.status < 500)

const queries = new QueryClient({
  defaultOptions: { queries: { retry: mayRepeat, staleTime: 10_000, refetchOnWindowFocus: false } },
})

export function Start(): ReactElement {
  const [state, setState] = useState<State>({ kind: 'loading' })
  const [attempt, setAttempt] = useState(0)
  // biome-ignore lint/correctness/useExhaustiveDependencies: an attempt is a new start
  useEffect(() => {
    let isCurrent = true
    starting ??= start()
    starting.then(
      (found) => isCurrent && setState(found),
      (error: unknown) => isCurrent && setState({ kind: 'failed', error }),
    )
    return () => {
      isCurrent = false
    }
  }, [attempt])

  if (state.kind === 'loading') return <Loading />
  if (state.kind === 'failed')
    return (
      <div className={styles.alone}>
        <ErrorState
          error={state.error}
          retry={() => {
            starting = undefined
            setState({ kind: 'loading' })
            setAttempt(attempt + 1)
          }}
        />
      </div>
    )
  if (state.kind === 'signed-out') return <SignedOut session={state.session} error={state.error} />
  return <Ready app={state.app} />
}

function SignedOut({ session, error }: { session: Session; error?: unknown }): ReactElement {
  const text = texts.use()
  return (
    <main className={styles.alone}>
      <EmptyState
        icon={LogIn}
        title={error ? text.signInFailed : text.signInTitle}
        action={
          <Button kind="primary" onPress={() => session.flow.begin(here())}>
            {text.signIn}
          </Button>
        }
      >
        {error ? sentenceOf(error) : text.signInHelp}
      </EmptyState>
    </main>
  )
}

/** The screens; over them, when the session has ended, the way back to this very address. */
function Ready({ app }: { app: App }): ReactElement {
  const text = texts.use()
  const [hasEnded, setHasEnded] = useState(false)
  useEffect(() => app.session.onEnd(() => setHasEnded(true)), [app])
  return (
    <AppProvider value={app}>
      <QueryClientProvider client={queries}>
        {hasEnded ? (
          <div className={styles.alone} role="alert">
            <EmptyState
              icon={LogIn}
              title={text.sessionEnded}
              action={
                <Button kind="primary" onPress={() => app.session.flow.begin(here())}>
                  {text.signIn}
                </Button>
              }
            >
              {text.sessionEndedHelp}
            </EmptyState>
          </div>
        ) : (
          <RouterProvider router={router} />
        )}
      </QueryClientProvider>
    </AppProvider>
  )
}
