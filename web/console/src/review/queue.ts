/**
 * Annotations that wait for review, one after the other. A decision takes its annotation out of the queue at once and
 * is sent in the background, together with those that are made meanwhile. Where somebody else was first, theirs stays.
 */
import { type Annotation, reviewStateOf } from '../drawing'
import { type Decision, type Item, isPassing, type Result, type Review, type ReviewApi } from './api'
import { ordered } from './order'

/** Items after the present one below which the next page is asked for. */
const LEAST_AHEAD = 30
/** Decisions of one call. */
const MAX_SENT = 1_000
const RETRY_MS = 3_000

export interface QueueOptions {
  api: ReviewApi
  /** Of the person's own order: the subject. */
  seed: string
  /** Called with the number of annotations that somebody else has changed first. */
  onOvertaken: (count: number) => void
  onRefusal: (error: Error) => void
}

export interface QueueState {
  status: 'loading' | 'ready' | 'failed'
  error: unknown
  items: readonly Item[]
  current: Item | undefined
  /** Annotations that wait, those that are loaded and those that are not; undefined until they are counted. */
  left: number | undefined
  /** Decisions that the server does not have yet. */
  pending: number
  isOffline: boolean
  canUndo: boolean
}

/** One step of undo: what was decided together. */
type Step = readonly Item[]

export class ReviewQueue {
  private items: Item[] = []
  private currentId: string | undefined
  private next: string | undefined
  private left: number | undefined
  private status: QueueState['status'] = 'loading'
  private error: unknown
  private isLoading = false
  private isSending = false
  private isOffline = false
  private isClosed = false
  private steps: Step[] = []
  /** What is to be sent, by annotation, and the item that it was decided on. */
  private pending = new Map<string, { item: Item; review: Review }>()
  private readonly revisions = new Map<string, number>()
  private readonly listeners = new Set<() => void>()
  private timer: ReturnType<typeof setTimeout> | undefined
  private snapshot: QueueState = this.made()

  constructor(private readonly options: QueueOptions) {}

  readonly state = (): QueueState => this.snapshot
  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  /** Begin, or begin again after an error. */
  async open(): Promise<void> {
    this.isClosed = false
    this.status = this.items.length ? 'ready' : 'loading'
    this.changed()
    await Promise.all([this.load(), this.recount()])
  }

  /** Stop retrying; what is on its way arrives. */
  close(): void {
    this.isClosed = true
    clearTimeout(this.timer)
  }

  select(annotationId: string): void {
    this.currentId = annotationId
    this.changed()
  }

  /** Go to the item after or before the present one. */
  step(direction: -1 | 1): void {
    const at = this.position() + direction
    const item = this.items[Math.min(this.items.length - 1, Math.max(0, at))]
    if (item) this.select(item.annotation.annotation_id)
    void this.loadAhead()
  }

  /** Give one or several annotations a review, and go on to the next. */
  decide(annotationIds: readonly string[], state: 'accepted' | 'rejected', note?: string): void {
    const given = new Set(annotationIds)
    const decided = this.items.filter(({ annotation }) => given.has(annotation.annotation_id))
    if (!decided.length) return
    for (const item of decided) this.give(item, { state, ...(note ? { note } : {}) })
    this.takeOut(given)
    this.steps.push(decided)
    this.pump()
    void this.loadAhead()
  }

  /** Keep a note on an annotation that goes on waiting. */
  note(annotationId: string, note: string): void {
    const item = this.items.find(({ annotation }) => annotation.annotation_id === annotationId)
    if (!item) return
    const review = { state: 'pending', note: note || null }
    this.give(item, review)
    const noted = { ...item, annotation: { ...item.annotation, review } as Annotation }
    this.items = this.items.map((each) => (each === item ? noted : each))
    this.pump()
  }

  /** Take the last decision back: its annotations wait again, as they did. */
  undo(): void {
    const step = this.steps.pop()
    if (!step) return
    for (const item of step) this.give(item, restored(item.annotation))
    this.putBack(step)
    this.pump()
  }

  private give(item: Item, review: Review): void {
    const { annotation_id: id, revision } = item.annotation
    if (!this.revisions.has(id)) this.revisions.set(id, revision)
    this.pending.set(id, { item, review })
  }

  private takeOut(ids: ReadonlySet<string>): void {
    const at = this.position()
    const isCurrentOut = this.currentId !== undefined && ids.has(this.currentId)
    const before = this.items.slice(0, at).filter(({ annotation }) => !ids.has(annotation.annotation_id)).length
    const kept = this.items.filter(({ annotation }) => !ids.has(annotation.annotation_id))
    const removed = this.items.length - kept.length
    this.items = kept
    if (isCurrentOut) {
      const next = this.items[Math.min(before, this.items.length - 1)]
      this.currentId = next?.annotation.annotation_id
    }
    if (this.left !== undefined) this.left = Math.max(kept.length, this.left - removed)
  }

  private putBack(items: Step): void {
    const ids = new Set(items.map(({ annotation }) => annotation.annotation_id))
    const others = this.items.filter(({ annotation }) => !ids.has(annotation.annotation_id))
    const at = Math.min(Math.max(0, this.position()), others.length)
    this.items = [...others.slice(0, at), ...items, ...others.slice(at)]
    this.currentId = items[0]?.annotation.annotation_id ?? this.currentId
    if (this.left !== undefined) this.left += items.length
  }

  private position(): number {
    return this.items.findIndex(({ annotation }) => annotation.annotation_id === this.currentId)
  }

  private async loadAhead(): Promise<void> {
    if (this.next && this.items.length - this.position() < LEAST_AHEAD) await this.load()
  }

  private async load(): Promise<void> {
    if (this.isLoading) return
    this.isLoading = true
    try {
      const { items, next } = await this.options.api.page(this.next)
      const known = new Set([...this.items.map(({ annotation }) => annotation.annotation_id), ...this.revisions.keys()])
      const fresh = items.filter(({ annotation }) => !known.has(annotation.annotation_id))
      this.items = [...this.items, ...ordered(fresh, ({ asset }) => asset.asset_id, this.options.seed)]
      this.currentId ??= this.items[0]?.annotation.annotation_id
      this.next = next
      this.status = 'ready'
      this.error = undefined
    } catch (error) {
      if (!this.items.length) this.status = 'failed'
      this.error = error
    } finally {
      this.isLoading = false
    }
    this.changed()
    if (this.status === 'ready' && !this.items.length && this.next) await this.load()
  }

  private async recount(): Promise<void> {
    try {
      const waiting = await this.options.api.count()
      this.left = Math.max(this.items.length, waiting)
      this.changed()
    } catch {
      // The queue goes on without the number.
    }
  }

  private pump(): void {
    this.changed()
    if (this.isSending || !this.pending.size || this.isClosed) return
    void this.send()
  }

  private async send(): Promise<void> {
    this.isSending = true
    clearTimeout(this.timer)
    const sent = [...this.pending].slice(0, MAX_SENT)
    const decisions = sent.map(
      ([id, { review }]): Decision => ({ annotationId: id, revision: this.revisions.get(id) as number, review }),
    )
    for (const [id] of sent) this.pending.delete(id)
    try {
      const results = await this.options.api.decide(decisions)
      this.isOffline = false
      this.answered(sent, results)
    } catch (error) {
      if (isPassing(error)) {
        this.isOffline = true
        for (const [id, each] of sent) if (!this.pending.has(id)) this.pending.set(id, each)
        this.timer = setTimeout(() => this.pump(), RETRY_MS)
        this.isSending = false
        this.changed()
        return
      }
      this.refused(
        sent.map(([, { item }]) => item),
        error as Error,
      )
    }
    this.isSending = false
    this.pump()
  }

  private answered(sent: [string, { item: Item; review: Review }][], results: readonly Result[]): void {
    let overtaken = 0
    const refused: Item[] = []
    let reason: Error | undefined
    for (const [at, [id, { item }]] of sent.entries()) {
      const result = results[at]
      if (result?.kind === 'done') this.revisions.set(id, result.revision)
      else if (result?.kind === 'refused') {
        refused.push(item)
        reason = result.error
      } else {
        overtaken += 1
        this.overtaken(item, result?.current)
      }
    }
    if (overtaken) this.options.onOvertaken(overtaken)
    if (reason) this.refused(refused, reason)
  }

  /** Somebody else has changed an annotation first: it waits again as it is now, unless it is reviewed. */
  private overtaken(item: Item, current: Annotation | undefined): void {
    const id = item.annotation.annotation_id
    this.forget(new Set([id]))
    const state = current && reviewStateOf(current)
    const isWaiting = current !== undefined && (state === undefined || state === 'pending')
    if (isWaiting) this.putBack([{ ...item, annotation: current }])
    else this.takeOut(new Set([id]))
  }

  private refused(items: readonly Item[], error: Error): void {
    this.forget(new Set(items.map(({ annotation }) => annotation.annotation_id)))
    this.putBack(items)
    this.options.onRefusal(error)
  }

  /** Leave annotations out of what can be undone and sent. */
  private forget(ids: ReadonlySet<string>): void {
    for (const id of ids) {
      this.revisions.delete(id)
      this.pending.delete(id)
    }
    this.steps = this.steps
      .map((step) => step.filter(({ annotation }) => !ids.has(annotation.annotation_id)))
      .filter((step) => step.length)
  }

  private changed(): void {
    this.snapshot = this.made()
    for (const listener of this.listeners) listener()
  }

  private made(): QueueState {
    const { status, error, items, left, isOffline } = this
    return {
      ...{ status, error, items, left, isOffline },
      current: items[this.position()],
      pending: this.pending.size + (this.isSending ? 1 : 0),
      canUndo: this.steps.length > 0,
    }
  }
}

/** Return the review with which an annotation waits as before: its own, signature included, or none. */
function restored({ review }: Annotation): Review {
  if (!review) return null
  const { state, note = null, by = null, at = null } = review as Record<string, string | null>
  return { state: String(state), note, by, at }
}
