/** Client of the API for a session: a refused token is renewed once, and the request sent again. */
import { ApiError, type Client, createClient } from '@foveal/client'
import type { Session } from '../session/session'
import type { Config } from './config'

export function clientOf(config: Config, session: Session): Client {
  const client = createClient({ api: config.api || location.origin, token: () => session.token() })
  const request = async (...call: Parameters<Client['request']>): Promise<unknown> => {
    try {
      return await client.request(...call)
    } catch (error) {
      if (!(error instanceof ApiError && error.status === 401)) throw error
      await session.renew()
      return client.request(...call)
    }
  }
  return { ...client, request: request as Client['request'] }
}
