// @vitest-environment happy-dom
import { ApiError, NetworkError } from '@foveal/client'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Config } from '../../src/app/config'
import type { Flow, Tokens } from '../../src/session/flow'
import { createSession, SignInNeeded } from '../../src/session/session'

const config = { api: '', stage: 'test', sign_in: {} } as Config
const HOUR = 3_600_000

function tokens(number: number, lifeMs = HOUR): Tokens {
  const [accessToken, refreshToken] = [`access-${number}`, `refresh-${number}`]
  return { accessToken, refreshToken, name: number === 1 ? 'Ada' : undefined, expiresAt: Date.now() + lifeMs }
}

/** An issuer whose refresh tokens can be used once. */
function issuer() {
  let number = 1
  const refresh = vi.fn(async (given: string) => {
    if (given !== `refresh-${number}`) throw new Error('invalid_grant')
    number += 1
    return tokens(number)
  })
  return { refresh, begin: vi.fn(), finish: vi.fn(), end: vi.fn(async () => {}) } as unknown as Flow & {
    refresh: typeof refresh
  }
}

/** Locks of a browser, which happy-dom lacks: nobody waits, as no test holds one that excludes others. */
function locks() {
  const held: { name: string }[] = []
  return {
    query: async () => ({ held: [...held] }),
    request: async (name: string, ...rest: unknown[]) => {
      const lock = { name }
      held.push(lock)
      await (rest.at(-1) as () => Promise<unknown>)()
      held.splice(held.indexOf(lock), 1)
    },
  }
}

beforeEach(() => {
  sessionStorage.clear()
  vi.stubGlobal('navigator', { locks: locks() })
})
afterEach(() => {
  vi.unstubAllGlobals()
  vi.restoreAllMocks()
})

describe('session', () => {
  it('keeps a token that is valid, and renews one that ends soon', async () => {
    const flow = issuer()
    const session = createSession(config, flow)
    session.accept(tokens(1))
    expect(await session.token()).toBe('access-1')
    session.accept(tokens(1, 30_000))
    expect(await session.token()).toBe('access-2')
    expect(session.name()).toBe('Ada')
  })

  it('renews once for all who ask at the same time', async () => {
    const flow = issuer()
    const session = createSession(config, flow)
    session.accept(tokens(1, 0))
    expect(await Promise.all([session.token(), session.token(), session.token()])).toEqual(Array(3).fill('access-2'))
    expect(flow.refresh).toHaveBeenCalledTimes(1)
  })

  it('goes on after a reload with the stored refresh token', async () => {
    const flow = issuer()
    createSession(config, flow).accept(tokens(1))
    const later = createSession(config, flow)
    expect(await later.resume()).toBe(true)
    expect(await later.token()).toMatch(/^access-/)
  })

  it('takes the tokens of another tab', async () => {
    const flow = issuer()
    createSession(config, flow).accept(tokens(1))
    sessionStorage.clear()
    const later = createSession(config, flow)
    expect(await later.resume()).toBe(true)
    expect(await later.token()).toBe('access-1')
    expect(flow.refresh).not.toHaveBeenCalled()
  })

  it('waits for nobody where no other tab is open', async () => {
    const asked = vi.spyOn(BroadcastChannel.prototype, 'postMessage')
    expect(await createSession(config, issuer()).resume()).toBe(false)
    expect(asked).not.toHaveBeenCalled()
  })

  it('ends when the issuer refuses, and tells its watchers', async () => {
    const flow = issuer()
    const session = createSession(config, flow)
    const ended = vi.fn()
    session.onEnd(ended)
    session.accept({ ...tokens(1, 0), refreshToken: 'used' })
    await expect(session.token()).rejects.toBeInstanceOf(SignInNeeded)
    expect(ended).toHaveBeenCalled()
    expect(sessionStorage.length).toBe(0)
  })

  it('does not end while the network is away', async () => {
    const flow = issuer()
    const session = createSession(config, flow)
    session.accept(tokens(1, 0))
    flow.refresh.mockRejectedValueOnce(new TypeError('Failed to fetch'))
    await expect(session.token()).rejects.toBeInstanceOf(TypeError)
    expect(await session.token()).toBe('access-2')
  })

  it('does not end while the issuer is in trouble, which is a failure of the network to its callers', async () => {
    const flow = issuer()
    const session = createSession(config, flow)
    session.accept(tokens(1, 0))
    flow.refresh.mockRejectedValueOnce(new ApiError(503, {}))
    await expect(session.token()).rejects.toBeInstanceOf(NetworkError)
    expect(await session.token()).toBe('access-2')
  })

  it('ends in every tab when one signs out', async () => {
    const flow = issuer()
    const [here, there] = [createSession(config, flow), createSession(config, flow)]
    here.accept(tokens(1))
    await vi.waitFor(async () => expect(await there.token()).toBe('access-1'))
    await here.signOut()
    await vi.waitFor(() => expect(there.token()).rejects.toBeInstanceOf(SignInNeeded))
  })
})
