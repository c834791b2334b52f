/** Sign-in by authorization code with PKCE (RFC 7636) as OAuth 2.1 asks of browsers, refresh and revocation. */
import { ApiError } from '@foveal/client'
import * as oauth from 'oauth4webapi'
import type { Config } from '../app/config'
import { isUnanswered, readFile } from '../app/read-file'

export interface Tokens {
  accessToken: string
  refreshToken: string | undefined
  /** Name to show, from the ID token. */
  name: string | undefined
  /** Milliseconds since 1970. */
  expiresAt: number
}

interface Pending {
  verifier: string
  state: string
  returnTo: string
}

const PENDING = 'foveal.sign-in'
/** Longest wait for an answer of the issuer. */
const MAX_MS = 30_000
const redirectUri = () => new URL(`${import.meta.env.BASE_URL}callback`, location.origin).href

export interface Flow {
  /** Leave for the issuer's page; the person comes back to `returnTo`. */
  begin(returnTo: string): Promise<never>
  /** Take the answer of the issuer in the page's address. Returns the tokens and the place to go on at. */
  finish(): Promise<{ tokens: Tokens; returnTo: string }>
  refresh(refreshToken: string): Promise<Tokens>
  /** Revoke the refresh token and leave for the issuer's sign-out page, if it has one. */
  end(tokens: Tokens | undefined): Promise<void>
}

export function createFlow({ sign_in }: Config): Flow {
  const client: oauth.Client = { client_id: sign_in.client_id }
  const loopback = ['127.0.0.1', 'localhost'].includes(new URL(sign_in.discovery_url).hostname)
  // TLS is only left out on this machine, where the local stack has none.
  const options = {
    signal: () => AbortSignal.timeout(MAX_MS),
    ...(loopback ? { [oauth.allowInsecureRequests]: true } : {}),
  }
  let found: Promise<oauth.AuthorizationServer> | undefined

  function server(): Promise<oauth.AuthorizationServer> {
    found ??= readFile(sign_in.discovery_url, (answer) =>
      oauth.processDiscoveryResponse(new URL(sign_in.issuer), answer),
    )
    found.catch(() => {
      found = undefined
    })
    return found
  }

  function tokensOf(answer: oauth.TokenEndpointResponse, before?: Tokens): Tokens {
    const claims = answer.id_token ? oauth.getValidatedIdTokenClaims(answer) : undefined
    const name = [claims?.name, claims?.email, claims?.['cognito:username'], claims?.sub].find(
      (each) => typeof each === 'string',
    )
    return {
      accessToken: answer.access_token,
      refreshToken: answer.refresh_token ?? before?.refreshToken,
      name: (name as string | undefined) ?? before?.name,
      expiresAt: Date.now() + (answer.expires_in ?? 300) * 1000,
    }
  }

  return {
    async begin(returnTo) {
      const { authorization_endpoint } = await server()
      if (!authorization_endpoint) throw new Error(`${sign_in.issuer} has no authorization endpoint.`)
      const pending: Pending = {
        verifier: oauth.generateRandomCodeVerifier(),
        state: oauth.generateRandomState(),
        returnTo,
      }
      sessionStorage.setItem(PENDING, JSON.stringify(pending))
      const url = new URL(authorization_endpoint)
      url.search = new URLSearchParams({
        response_type: 'code',
        client_id: sign_in.client_id,
        redirect_uri: redirectUri(),
        scope: sign_in.scopes.join(' '),
        state: pending.state,
        code_challenge: await oauth.calculatePKCECodeChallenge(pending.verifier),
        code_challenge_method: 'S256',
        ...(sign_in.audience ? { audience: sign_in.audience } : {}),
      }).toString()
      location.assign(url)
      return new Promise<never>(() => {})
    },

    async finish() {
      const stored = sessionStorage.getItem(PENDING)
      if (!stored) throw new Error('This sign-in was not begun in this tab.')
      sessionStorage.removeItem(PENDING)
      const pending = JSON.parse(stored) as Pending
      const issuer = await server()
      const parameters = oauth.validateAuthResponse(issuer, client, new URL(location.href), pending.state)
      const answer = await oauth.authorizationCodeGrantRequest(
        issuer,
        client,
        oauth.None(),
        parameters,
        redirectUri(),
        pending.verifier,
        options,
      )
      const tokens = await oauth.processAuthorizationCodeResponse(issuer, client, answer)
      return { tokens: tokensOf(tokens), returnTo: pending.returnTo }
    },

    async refresh(refreshToken) {
      const issuer = await server()
      const answer = await oauth.refreshTokenGrantRequest(issuer, client, oauth.None(), refreshToken, options)
      const tokens = await oauth.processRefreshTokenResponse(issuer, client, answer)
      return tokensOf(tokens, { accessToken: '', refreshToken, name: undefined, expiresAt: 0 })
    },

    async end(tokens) {
      const issuer = await server()
      if (tokens?.refreshToken && issuer.revocation_endpoint)
        await oauth.revocationRequest(issuer, client, oauth.None(), tokens.refreshToken, options)
      const home = new URL(import.meta.env.BASE_URL, location.origin).href
      const target = new URL(issuer.end_session_endpoint ?? home)
      if (issuer.end_session_endpoint) {
        target.searchParams.set('client_id', sign_in.client_id)
        target.searchParams.set('logout_uri', home) // Cognito's name of it
        target.searchParams.set('post_logout_redirect_uri', home)
      }
      location.assign(target)
    },
  }
}

/** Tell whether the issuer gave no answer or was in trouble, so that the same refresh token may do later. */
export function isPassing(error: unknown): boolean {
  const answer = error instanceof oauth.OperationProcessingError ? error.cause : error
  const hasStatus =
    answer instanceof Response || answer instanceof ApiError || answer instanceof oauth.ResponseBodyError
  const status = hasStatus ? answer.status : 0
  return isUnanswered(error) || status === 429 || status >= 500
}
