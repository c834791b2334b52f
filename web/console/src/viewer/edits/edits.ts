/**
 * Edits of one asset's annotations: shown at once, sent one after the other for each annotation, kept until the server
 * has acknowledged them, merged with the changes of others or put before the person as a conflict.
 */
import type { Annotation } from '../../drawing'
import { conflicts, draftOf, patched, together, withRasters } from './changes'
import { type Action, after, type Command, coalesced, type Step, stepOf } from './commands'
import type { OwnEdit } from './known'
import type { Sender, Sent } from './sender'
import type { EditStore } from './store'

export interface Conflict {
  command: Command
  /** The person's state; undefined of a deletion. */
  mine: Annotation | undefined
  /** The state of somebody else; undefined where they deleted it. */
  theirs: Annotation | undefined
  /** Members that both changed; `geometry` stands for all that places the annotation. */
  members: string[]
}

export interface EditState {
  /** Annotations with the edits that are not acknowledged yet. */
  annotations: readonly Annotation[]
  status: 'saved' | 'saving' | 'offline' | 'conflict'
  /** Commands that are not acknowledged. */
  pending: number
  conflict: Conflict | undefined
  canUndo: boolean
  canRedo: boolean
}

export interface EditOptions {
  sender: Sender
  store: EditStore
  /** Name under which the store keeps the edits. */
  key: string
  /** Called with the refusal of an edit, which is taken back. */
  onRefusal: (error: Error) => void
  /** Called with each edit that the server has carried out. */
  onDone?: (edit: OwnEdit) => void
}

/** Time in which further changes of an annotation are sent with the first. */
const COALESCE_MS = 200
/** Time in which further changes of an annotation are one step of undo. */
const GESTURE_MS = 400
const MAX_AT_ONCE = 4
const MAX_STEPS = 200
const MIN_RETRY_MS = 1_000
const MAX_RETRY_MS = 30_000

export class Edits {
  private readonly server = new Map<string, Annotation>()
  private readonly revisions = new Map<string, number>()
  private pending: Command[] = []
  private undoSteps: Step[] = []
  private redoSteps: Step[] = []
  private readonly inFlight = new Set<string>()
  private conflict: Conflict | undefined
  private retryMs = 0
  private timer: ReturnType<typeof setTimeout> | undefined
  private saving: Promise<void> = Promise.resolve()
  private readonly listeners = new Set<() => void>()
  private isClosed = false
  private snapshot: EditState

  constructor(private readonly options: EditOptions) {
    this.snapshot = this.made()
  }

  /** Load the edits that an earlier page left, and go on with sending them. */
  async open(): Promise<void> {
    const kept = await this.options.store.load(this.options.key)
    if (kept) {
      this.pending = [...kept.pending, ...this.pending]
      this.undoSteps = [...kept.undo, ...this.undoSteps]
      this.redoSteps = kept.redo
    }
    this.changed()
  }

  /** Go on after `close`: React's strict mode closes and opens again at once. */
  resume(): void {
    this.isClosed = false
    this.pump()
  }

  close(): void {
    this.isClosed = true
    clearTimeout(this.timer)
  }

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  state = (): EditState => this.snapshot

  /** Take the annotations as the server has them now; those under way keep their state. */
  receive(annotations: readonly Annotation[]): void {
    const before = new Map(this.server)
    this.server.clear()
    for (const id of this.inFlight) {
      const state = before.get(id)
      if (state) this.server.set(id, state)
    }
    for (const each of annotations) {
      const id = each.annotation_id
      if (this.inFlight.has(id)) continue
      const isStale = (this.revisions.get(id) ?? 0) > each.revision
      const known = before.get(id)
      if (!isStale) this.know(each)
      else if (known) this.server.set(id, known)
    }
    this.changed()
  }

  /** Carry out an action of the person, as a step that can be taken back. */
  perform(annotationId: string, action: Action): void {
    const command = this.add(annotationId, action)
    const step = stepOf(command)
    const last = this.undoSteps.at(-1)
    if (last && isOneGesture(last, step, GESTURE_MS)) this.undoSteps[this.undoSteps.length - 1] = combined(last, step)
    else this.undoSteps = [...this.undoSteps, step].slice(-MAX_STEPS)
    this.redoSteps = []
    this.changed()
  }

  /** Take back the last step; returns the annotation that it was about. */
  undo(): string | undefined {
    return this.take(this.undoSteps, this.redoSteps, 'back')
  }

  redo(): string | undefined {
    return this.take(this.redoSteps, this.undoSteps, 'forth')
  }

  /** Decide a conflict: keep the person's state, the other's, or both as two annotations. */
  resolve(choice: 'mine' | 'theirs' | 'both'): void {
    const conflict = this.conflict
    if (!conflict) return
    this.conflict = undefined
    const { command, mine, theirs } = conflict
    if (choice === 'mine') {
      const again: Command = { ...command, base: theirs, at: 0, isSent: false }
      const restored: Command = {
        ...command,
        id: crypto.randomUUID(),
        action: { kind: 'restore' },
        at: 0,
        isSent: false,
      }
      this.replace(command, theirs ? [again] : [restored, { ...again, base: command.base }])
    } else {
      this.pending = this.pending.filter((each) => each.annotationId !== command.annotationId)
      if (choice === 'both' && mine) this.add(crypto.randomUUID(), { kind: 'create', draft: draftOf(mine) })
    }
    this.changed()
  }

  /** Try again at once, for example when the network is back. */
  retry(): void {
    this.retryMs = 0
    this.changed()
  }

  /** Resolve when everything so far is in the store. */
  kept(): Promise<void> {
    return this.saving
  }

  /** Take a state that the server has made for the person outside the queue: an earlier revision brought back. */
  adopt(state: Annotation, annotationRevision: number | undefined): void {
    this.know(state)
    this.tell(state.annotation_id, annotationRevision)
    this.changed()
  }

  private take(from: Step[], to: Step[], direction: 'back' | 'forth'): string | undefined {
    const step = from.pop()
    if (!step) return undefined
    to.push(step)
    this.add(step.annotationId, step[direction], step.before)
    this.changed()
    return step.annotationId
  }

  private add(annotationId: string, action: Action, before?: Annotation): Command {
    const base = this.local(annotationId) ?? before
    const command: Command = { id: crypto.randomUUID(), annotationId, action, base, at: Date.now() }
    const last = this.pending.findLast((each) => each.annotationId === annotationId)
    const isBusy = last && (this.inFlight.has(annotationId) || this.conflict?.command.id === last.id)
    const one = last && !isBusy ? coalesced(last, command) : undefined
    if (last && one) this.replace(last, [{ ...one, at: command.at }])
    else this.pending = [...this.pending, command]
    return command
  }

  private local(annotationId: string): Annotation | undefined {
    const own = this.pending.filter((each) => each.annotationId === annotationId)
    return own.reduce(after, this.server.get(annotationId))
  }

  private replace(command: Command, by: readonly Command[]): void {
    this.pending = this.pending.flatMap((each) => (each.id === command.id ? by : [each]))
  }

  private tell(annotationId: string, annotationRevision: number | undefined): void {
    if (annotationRevision === undefined) return
    this.options.onDone?.({ annotationId, state: this.server.get(annotationId), annotationRevision })
  }

  private know(state: Annotation): void {
    this.server.set(state.annotation_id, state)
    this.revisions.set(state.annotation_id, state.revision)
  }

  private changed(): void {
    this.snapshot = this.made()
    const kept = { pending: this.pending, undo: this.undoSteps, redo: this.redoSteps }
    this.saving = this.saving.then(() => this.options.store.save(this.options.key, kept)).catch(warn)
    for (const listener of this.listeners) listener()
    this.pump()
  }

  private made(): EditState {
    const own = byAnnotation(this.pending)
    const annotations: Annotation[] = []
    for (const [id, state] of this.server) {
      const now = own.has(id) ? own.get(id)?.reduce<Annotation | undefined>(after, state) : state
      if (now) annotations.push(now)
    }
    for (const [id, commands] of own) {
      const now = this.server.has(id) ? undefined : commands.reduce<Annotation | undefined>(after, undefined)
      if (now) annotations.push(now)
    }
    const pending = this.pending.length
    const status = this.conflict ? 'conflict' : !pending ? 'saved' : this.retryMs ? 'offline' : 'saving'
    return {
      annotations,
      status,
      pending,
      conflict: this.conflict,
      canUndo: this.undoSteps.length > 0,
      canRedo: this.redoSteps.length > 0,
    }
  }

  /** Send what is due, one command of an annotation at a time, and come back when the next one is. */
  private pump(): void {
    clearTimeout(this.timer)
    if (this.isClosed) return
    let wait = Infinity
    const seen = new Set(this.inFlight)
    if (this.conflict) seen.add(this.conflict.command.annotationId)
    for (const command of this.pending) {
      if (seen.has(command.annotationId)) continue
      seen.add(command.annotationId)
      const due = this.retryMs || command.at + COALESCE_MS - Date.now()
      if (due > 0) wait = Math.min(wait, due)
      else if (this.inFlight.size < MAX_AT_ONCE) void this.send(command)
    }
    if (wait === Infinity) return
    this.timer = setTimeout(() => {
      const isRetry = this.retryMs > 0
      if (isRetry) this.sendFirst()
      else this.pump()
    }, wait)
  }

  private sendFirst(): void {
    const [first] = this.pending
    if (first && !this.inFlight.size) void this.send(first)
  }

  private async send(command: Command): Promise<void> {
    const { annotationId, base } = command
    this.inFlight.add(annotationId)
    const revision = command.action.kind === 'restore' ? this.revisions.get(annotationId) : base?.revision
    let sent: Sent
    try {
      sent = await this.options.sender.send(command, revision ?? (base?.revision ?? 0) + 1)
    } catch (error) {
      sent = { kind: 'refused', error: error instanceof Error ? error : new Error(String(error)) }
    }
    this.inFlight.delete(annotationId)
    if (this.isClosed) return
    this.answered(command, sent)
    this.changed()
  }

  private answered(command: Command, sent: Sent): void {
    if (sent.kind === 'later') {
      this.retryMs = Math.min(MAX_RETRY_MS, Math.max(MIN_RETRY_MS, this.retryMs * 2))
      this.replace(command, [{ ...command, isSent: true }])
      return
    }
    this.retryMs = 0
    if (sent.kind === 'done') {
      this.acknowledged(command, sent.state, sent.revision)
      this.tell(command.annotationId, sent.annotationRevision)
    } else if (sent.kind === 'refused') this.refused(command, sent.error)
    else this.overtaken(command, sent.current, sent.revision)
  }

  private acknowledged(command: Command, state: Annotation | undefined, revision: number): void {
    if (state) this.know(withRasters(state, after(command.base, command)))
    else this.server.delete(command.annotationId)
    this.revisions.set(command.annotationId, revision)
    this.replace(command, [])
    this.pending = this.pending.map((each) =>
      each.annotationId === command.annotationId && state ? { ...each, base: state } : each,
    )
  }

  private refused(command: Command, error: Error): void {
    const isMaking = command.action.kind === 'create' || command.action.kind === 'restore'
    this.pending = this.pending.filter(
      (each) => each.id !== command.id && !(isMaking && each.annotationId === command.annotationId),
    )
    this.undoSteps = this.undoSteps.filter((step) => step.annotationId !== command.annotationId)
    this.redoSteps = this.redoSteps.filter((step) => step.annotationId !== command.annotationId)
    this.options.onRefusal(error)
  }

  /** Somebody else changed the annotation first. */
  private overtaken(command: Command, current: Annotation | undefined, revision: number | undefined): void {
    const { action, base } = command
    if (current) this.know(current)
    else this.server.delete(command.annotationId)
    if (action.kind === 'create' || action.kind === 'restore') {
      if (current) this.acknowledged(command, current, current.revision)
      else if (revision !== undefined && revision !== this.revisions.get(command.annotationId)) {
        this.revisions.set(command.annotationId, revision)
      } else this.refused(command, new Error('There is no such revision to go back to.'))
      return
    }
    if (revision !== undefined) this.revisions.set(command.annotationId, revision)
    if (action.kind === 'delete' && !current) {
      this.acknowledged(command, undefined, revision ?? 0)
      return
    }
    const mine = action.kind === 'patch' && base ? patched(base, action.patch) : undefined
    if (action.kind === 'patch' && current && base) {
      const members = conflicts(action.patch, base, current)
      if (members.length) this.conflict = { command, mine, theirs: current, members }
      else this.replace(command, [{ ...command, base: current, at: 0, isSent: false }])
    } else this.conflict = { command, mine, theirs: current, members: ['existence'] }
  }
}

function byAnnotation(commands: readonly Command[]): Map<string, Command[]> {
  const found = new Map<string, Command[]>()
  for (const each of commands) found.set(each.annotationId, [...(found.get(each.annotationId) ?? []), each])
  return found
}

/** Tell whether two steps are one to the person: changes of one annotation in quick succession. */
function isOneGesture(last: Step, step: Step, withinMs: number): boolean {
  return (
    last.annotationId === step.annotationId &&
    step.at - last.at < withinMs &&
    last.forth.kind === 'patch' &&
    step.forth.kind === 'patch' &&
    Object.keys(last.forth.patch).join() === Object.keys(step.forth.patch).join()
  )
}

function combined(last: Step, step: Step): Step {
  if (last.forth.kind !== 'patch' || step.forth.kind !== 'patch') return step
  if (last.back.kind !== 'patch' || step.back.kind !== 'patch') return step
  return {
    ...last,
    at: step.at,
    forth: { kind: 'patch', patch: together(last.forth.patch, step.forth.patch) },
    back: { kind: 'patch', patch: together(step.back.patch, last.back.patch) },
  }
}

const warn = (error: unknown): void => console.warn('Edits cannot be kept in this browser.', error)
