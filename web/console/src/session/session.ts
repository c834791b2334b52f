/** Session of a person: an access token in memory, shared by the tabs of this browser and renewed by one of them. */

import { NetworkError } from '@foveal/client'
import type { Config } from '../app/config'
import { createFlow, type Flow, isPassing, type Tokens } from './flow'

/** Time before the end of an access token at which it is renewed. */
const RENEW_BEFORE_MS = 60_000
/** Time in which another tab answers the question for its tokens. */
const MAX_ANSWER_MS = 150
/** Lock that each tab shares while it is open, so that a new one knows whether there is anybody to ask. */
const OPEN_TAB = 'foveal.tab'
const REFRESH_TOKEN = 'foveal.refresh-token'

type Message = { kind: 'ask' } | { kind: 'tokens'; tokens: Tokens } | { kind: 'signed-out' }

export interface Session {
  readonly flow: Flow
  /** Name of the person, for the account menu. */
  name(): string | undefined
  /** Tell whether there are tokens, asking the other tabs and the stored refresh token first. */
  resume(): Promise<boolean>
  /** Take the tokens of a sign-in. */
  accept(tokens: Tokens): void
  /** Return an access token that is valid now. Rejects with SignInNeeded when the person has to sign in again. */
  token(): Promise<string>
  /** Renew the access token although it seems valid: the API has refused it. */
  renew(): Promise<void>
  signOut(): Promise<void>
  /** Call back when the session ends, here or in another tab. Returns the end of the watch. */
  onEnd(listener: () => void): () => void
}

/** The session is over: only a new sign-in helps. */
export class SignInNeeded extends Error {
  override name = 'SignInNeeded'
}

export function createSession(config: Config, flow: Flow = createFlow(config)): Session {
  const channel = new BroadcastChannel('foveal.session')
  const listeners = new Set<() => void>()
  const before = navigator.locks.query() // without this tab's own
  void navigator.locks.request(OPEN_TAB, { mode: 'shared' }, () => new Promise(() => {}))
  let tokens: Tokens | undefined
  let renewing: Promise<void> | undefined

  channel.onmessage = ({ data }: MessageEvent<Message>) => {
    if (data.kind === 'ask' && tokens) channel.postMessage({ kind: 'tokens', tokens } satisfies Message)
    if (data.kind === 'tokens') keep(data.tokens)
    if (data.kind === 'signed-out') forget()
  }

  function keep(received: Tokens): void {
    tokens = { ...received, name: received.name ?? tokens?.name }
    if (received.refreshToken) sessionStorage.setItem(REFRESH_TOKEN, received.refreshToken)
  }

  function forget(): void {
    tokens = undefined
    sessionStorage.removeItem(REFRESH_TOKEN)
    for (const listener of listeners) listener()
  }

  async function askOtherTabs(): Promise<void> {
    const { held } = await before
    if (!held?.some(({ name }) => name === OPEN_TAB)) return
    channel.postMessage({ kind: 'ask' } satisfies Message)
    const end = Date.now() + MAX_ANSWER_MS
    while (!tokens && Date.now() < end) await new Promise((resolve) => setTimeout(resolve, 10))
  }

  async function renewOnce(used: string | undefined): Promise<void> {
    if (tokens && tokens.accessToken !== used && tokens.expiresAt - Date.now() > RENEW_BEFORE_MS) return
    const refreshToken = tokens?.refreshToken ?? sessionStorage.getItem(REFRESH_TOKEN)
    if (!refreshToken) throw new SignInNeeded('The session has ended.')
    const found = await flow.refresh(refreshToken).catch((error: unknown) => {
      // A network that is away ends no session: only the issuer's refusal does.
      if (error instanceof TypeError) throw error // the client repeats the request
      if (isPassing(error)) throw new NetworkError('The issuer gave no new token.', { cause: error })
      forget()
      throw new SignInNeeded('The session has ended.', { cause: error })
    })
    keep(found)
    channel.postMessage({ kind: 'tokens', tokens: found } satisfies Message)
  }

  /** Refresh tokens are used once, so that one tab at a time may renew; the others take its tokens. */
  function renewed(used: string | undefined): Promise<void> {
    renewing ??= (async () => {
      await navigator.locks.request('foveal.renewal', () => renewOnce(used))
    })().finally(() => {
      renewing = undefined
    })
    return renewing
  }

  return {
    flow,
    name: () => tokens?.name,
    accept(received) {
      keep(received)
      channel.postMessage({ kind: 'tokens', tokens: received } satisfies Message)
    },
    async resume() {
      await askOtherTabs()
      if (tokens) return true
      if (!sessionStorage.getItem(REFRESH_TOKEN)) return false
      try {
        await renewed(undefined)
        return true
      } catch (error) {
        if (error instanceof SignInNeeded) return false
        throw error
      }
    },
    async token() {
      if (!tokens || tokens.expiresAt - Date.now() < RENEW_BEFORE_MS) await renewed(tokens?.accessToken)
      if (!tokens) throw new SignInNeeded('The session has ended.')
      return tokens.accessToken
    },
    renew: () => renewed(tokens?.accessToken),
    async signOut() {
      const ended = tokens
      forget()
      channel.postMessage({ kind: 'signed-out' } satisfies Message)
      await flow.end(ended)
    },
    onEnd(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}
