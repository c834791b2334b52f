/** Client of the API for a session: a refused token is renewed once, and the request sent again. */
import { type Answered, ApiError, type Client, createClient, type Route } from '@foveal/client'
import type { Session } from '../session/session'
import type { Config } from './config'

export function clientOf(config: Config, session: Session): Client {
  const client = createClient({ api: config.api || location.origin, token: () => session.token() })
  const requestWithHeaders = async (...call: Parameters<Client['request']>): Promise<Answered<Route>> => {
    try {
      return await client.requestWithHeaders(...call)
    } catch (error) {
      if (!(error instanceof ApiError && error.status === 401)) throw error
      await session.renew()
      return client.requestWithHeaders(...call)
    }
  }
  const request = async (...call: Parameters<Client['request']>) => (await requestWithHeaders(...call)).body
  return {
    ...client,
    request: request as Client['request'],
    requestWithHeaders: requestWithHeaders as Client['requestWithHeaders'],
  }
}

/** Read the bytes to which a path of the API redirects. Rejects with ApiError for a problem. */
export type ReadBytes = (path: string, signal: AbortSignal) => Promise<Blob>

export function bytesOf(config: Config, session: Session): ReadBytes {
  const send = async (path: string, signal: AbortSignal): Promise<Response> =>
    fetch((config.api || location.origin) + path, {
      headers: { authorization: `Bearer ${await session.token()}` },
      signal,
    })
  return async (path, signal) => {
    let answer = await send(path, signal)
    if (answer.status === 401) {
      await session.renew()
      answer = await send(path, signal)
    }
    if (!answer.ok) throw new ApiError(answer.status, await answer.json().catch(() => ({})))
    return answer.blob()
  }
}
