/** Client of the API for a session: a refused token is renewed once, and the request sent again. */
import { type Answered, ApiError, type Client, createClient, type Route } from '@foveal/client'
import type { Session } from '../session/session'
import type { Config } from './config'
import { readFile } from './read-file'

async function renewedOnce<T>(session: Session, call: () => Promise<T>): Promise<T> {
  try {
    return await call()
  } catch (error) {
    if (!(error instanceof ApiError && error.status === 401)) throw error
    await session.renew()
    return call()
  }
}

export function clientOf(config: Config, session: Session): Client {
  const client = createClient({ api: config.api || location.origin, token: () => session.token() })
  const requestWithHeaders = (...call: Parameters<Client['request']>): Promise<Answered<Route>> =>
    renewedOnce(session, () => client.requestWithHeaders(...call))
  const request = async (...call: Parameters<Client['request']>) => (await requestWithHeaders(...call)).body
  return {
    ...client,
    request: request as Client['request'],
    requestWithHeaders: requestWithHeaders as Client['requestWithHeaders'],
  }
}

/** Read the bytes to which a path of the API redirects. Rejects with ApiError for a problem, or NetworkError. */
export type ReadBytes = (path: string, signal: AbortSignal) => Promise<Blob>

export function bytesOf(config: Config, session: Session): ReadBytes {
  return (path, signal) =>
    renewedOnce(session, async () => {
      const headers = { authorization: `Bearer ${await session.token()}` }
      return readFile((config.api || location.origin) + path, (answer) => answer.blob(), { headers, signal })
    })
}
