/** Settings of the deployment that serves the page: `config.json`, written when the stage is deployed. */
import { readFile } from './read-file'

export interface Config {
  /** Origin of the API; empty for the page's own. */
  api: string
  /** Name of the stage, shown where it is not production. */
  stage: string
  sign_in: {
    issuer: string
    /** OpenID Connect Discovery document, which names the endpoints. */
    discovery_url: string
    client_id: string
    scopes: string[]
    /** API that the token is for, at issuers that ask for it (Auth0). */
    audience?: string
  }
}

/** Load the settings. Rejects with ApiError or NetworkError when they are not there. */
export async function loadConfig(): Promise<Config> {
  const url = `${import.meta.env.BASE_URL}config.json`
  return readFile(url, (answer) => answer.json() as Promise<Config>) // index.html has asked for it already
}
