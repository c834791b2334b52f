/** Commands of a person on one annotation; each is made of what to send, and knows how to take it back. */
import type { Annotation } from '../../drawing'
import { inverse, type Patch, patched, together } from './changes'

export type Action =
  | { kind: 'create'; draft: Record<string, unknown> }
  | { kind: 'patch'; patch: Patch }
  | { kind: 'delete' }
  | { kind: 'restore' }

export interface Command {
  id: string
  annotationId: string
  action: Action
  /** State on which the person acted; undefined where there was none. */
  base: Annotation | undefined
  /** Unix time in milliseconds. */
  at: number
  /** Whether a request has been sent whose answer is not known. */
  isSent?: boolean
}

/** One step of undo: an action and the one that takes it back. */
export interface Step {
  annotationId: string
  forth: Action
  back: Action
  /** The annotation before a deletion, to show it again at once. */
  before?: Annotation
  at: number
}

/** Return the step of a command. */
export function stepOf(command: Command): Step {
  const { annotationId, action, base, at } = command
  const back = backOf(action, base)
  const forth: Action = action.kind === 'create' ? { kind: 'restore' } : action
  return { annotationId, forth, back, at, ...(base ? { before: base } : {}) }
}

function backOf(action: Action, base: Annotation | undefined): Action {
  if (action.kind === 'delete') return { kind: 'restore' }
  if (action.kind === 'patch' && base) return { kind: 'patch', patch: inverse(base, action.patch) }
  return { kind: 'delete' }
}

/** Return the state after an action, undefined where the annotation is not there. */
export function after(state: Annotation | undefined, command: Command): Annotation | undefined {
  const { action } = command
  if (action.kind === 'delete') return undefined
  if (action.kind === 'patch') return state && patched(state, action.patch)
  if (action.kind === 'restore') return state ?? command.base
  return { ...created(command), ...action.draft } as Annotation
}

/** Return one command in place of two of the same annotation; undefined where both must be sent. */
export function coalesced(first: Command, second: Command): Command | undefined {
  if (first.isSent || first.annotationId !== second.annotationId) return undefined
  const [one, other] = [first.action, second.action]
  if (other.kind !== 'patch') return undefined
  if (one.kind === 'patch') return { ...first, action: { kind: 'patch', patch: together(one.patch, other.patch) } }
  if (one.kind !== 'create') return undefined
  const draft = patched(one.draft as unknown as Annotation, other.patch) as unknown as Record<string, unknown>
  return { ...first, action: { kind: 'create', draft } }
}

/** Members that the server adds to a new annotation. */
function created(command: Command): Partial<Annotation> {
  const at = new Date(command.at).toISOString()
  return { annotation_id: command.annotationId, revision: 0, created_at: at, updated_at: at }
}
