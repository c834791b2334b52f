/** Trusted Types (W3C): the policy of the page, under which workers of its own program may be started. */

interface TrustedTypePolicyFactory {
  createPolicy(name: string, rules: { createScriptURL: (url: string) => string }): unknown
}

/**
 * Let the page start workers from its own files, and nothing else, where `require-trusted-types-for 'script'` holds.
 *
 * The policy is the default one, because bundlers find a worker only where its URL is written into `new Worker(…)`.
 */
export function installTrustedTypes(): void {
  const { trustedTypes } = globalThis as { trustedTypes?: TrustedTypePolicyFactory }
  trustedTypes?.createPolicy('default', { createScriptURL: ownScript })
}

/** Return a script's URL unchanged if it is a file of the console. Throws TypeError otherwise. */
export function ownScript(url: string): string {
  const { origin, pathname } = new URL(url, location.href)
  if (origin !== location.origin || !pathname.startsWith(import.meta.env.BASE_URL)) {
    throw new TypeError(`${url} is no script of the console.`)
  }
  return url
}
