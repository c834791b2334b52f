/** Checks of files before a byte moves: type, size, emptiness, as the deployment limits them. */
import type { Answer } from '@foveal/client'

export type UploadRules = Answer<'GET /v1/client-config'>['uploads']

export type Refusal =
  | { code: 'type'; type: string; allowed: string[] }
  | { code: 'size'; maxBytes: number }
  | { code: 'empty' }
  | { code: 'unreadable' }

/**
 * Return why a file cannot be accepted, or undefined.
 *
 * A type that says little (none, or `application/…`, which has aliases of media) is left to the server, which looks at
 * the name and at the bytes.
 */
export function refusalOf({ type, size }: { type: string; size: number }, rules: UploadRules): Refusal | undefined {
  const essence = (type.split(';')[0] ?? '').trim().toLowerCase()
  const isKnown = essence !== '' && !essence.startsWith('application/')
  if (isKnown && !rules.allowed_types.some((pattern) => matches(essence, pattern))) {
    return { code: 'type', type: essence, allowed: rules.allowed_types }
  }
  if (size === 0) return { code: 'empty' }
  if (size > rules.max_object_bytes) return { code: 'size', maxBytes: rules.max_object_bytes }
  return undefined
}

const matches = (type: string, pattern: string): boolean =>
  pattern === '*/*' || (pattern.endsWith('/*') ? type.startsWith(pattern.slice(0, -1)) : type === pattern)
