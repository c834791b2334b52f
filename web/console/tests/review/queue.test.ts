import { NetworkError } from '@foveal/client'
import { beforeEach, describe, expect, test, vi } from 'vitest'
import type { Annotation } from '../../src/drawing'
import { readAddress, wantedOf } from '../../src/review/address'
import type { Decision, Item, Result, ReviewApi } from '../../src/review/api'
import { ordered } from '../../src/review/order'
import { ReviewQueue } from '../../src/review/queue'

function item(id: string, asset = 'one', facts: Partial<Annotation> = {}): Item {
  const annotation = { annotation_id: id, asset_id: asset, revision: 1, field: 'm', type: 'detection', ...facts }
  return { annotation, asset: { asset_id: asset } } as unknown as Item
}

/** Server with revisions; `others` are the states that somebody else has left meanwhile. */
class Server implements ReviewApi {
  calls: Decision[][] = []
  states = new Map<string, { revision: number; review: unknown }>()
  others = new Map<string, Annotation | undefined>()
  isOffline = false

  constructor(
    readonly pages: Item[][],
    private waiting = pages.flat().length,
  ) {}

  async page(token: string | undefined) {
    const at = Number(token ?? 0)
    return { items: this.pages[at] ?? [], next: at + 1 < this.pages.length ? String(at + 1) : undefined }
  }

  async count() {
    return this.waiting
  }

  async decide(decisions: readonly Decision[]): Promise<Result[]> {
    if (this.isOffline) throw new NetworkError('offline')
    this.calls.push([...decisions])
    return decisions.map(({ annotationId, revision, review }) => {
      if (this.others.has(annotationId)) return { kind: 'changed', current: this.others.get(annotationId) }
      this.states.set(annotationId, { revision: revision + 1, review })
      return { kind: 'done', revision: revision + 1 }
    })
  }
}

const ids = (queue: ReviewQueue): string[] => queue.state().items.map((each) => each.annotation.annotation_id)
const current = (queue: ReviewQueue): string | undefined => queue.state().current?.annotation.annotation_id
const settled = () => new Promise((resolve) => setTimeout(resolve, 0))

describe('the queue', () => {
  const overtaken = vi.fn()
  const refused = vi.fn()
  beforeEach(() => vi.clearAllMocks())

  async function opened(server: ReviewApi): Promise<ReviewQueue> {
    const queue = new ReviewQueue({ api: server, seed: 'ada', onOvertaken: overtaken, onRefusal: refused })
    await queue.open()
    return queue
  }

  test('goes on to the next annotation at a decision, and counts down', async () => {
    const server = new Server([[item('a'), item('b'), item('c')]], 7)
    const queue = await opened(server)
    queue.decide(['a'], 'accepted')
    expect([current(queue), queue.state().left, queue.state().pending > 0]).toEqual(['b', 6, true])
    await settled()
    queue.decide(['b'], 'rejected', 'a shadow')
    await settled()
    expect(server.calls.flat().map(({ annotationId, review }) => [annotationId, review])).toEqual([
      ['a', { state: 'accepted' }],
      ['b', { state: 'rejected', note: 'a shadow' }],
    ])
    expect([ids(queue), queue.state().pending]).toEqual([['c'], 0])
  })

  test('sends what is decided during a call together in the next one', async () => {
    const server = new Server([[item('a'), item('b'), item('c')]])
    const queue = await opened(server)
    for (const id of ['a', 'b', 'c']) queue.decide([id], 'accepted')
    await settled()
    expect(server.calls.map((each) => each.length)).toEqual([1, 2])
    expect(queue.state().current).toBeUndefined()
  })

  test('undo brings the annotation back with the review that it had', async () => {
    const review = { state: 'pending', note: 'look again', by: 'eve', at: '2026-11-01T00:00:00Z' }
    const server = new Server([[item('a', 'one', { review } as never), item('b')]])
    const queue = await opened(server)
    queue.decide(['a', 'b'], 'accepted')
    await settled()
    queue.undo()
    await settled()
    expect(server.calls[1]).toEqual([
      { annotationId: 'a', revision: 2, review },
      { annotationId: 'b', revision: 2, review: null },
    ])
    expect([ids(queue), queue.state().left, queue.state().canUndo]).toEqual([['a', 'b'], 2, false])
  })

  test('leaves what somebody else has reviewed first, and shows anew what they changed otherwise', async () => {
    const server = new Server([[item('a'), item('b'), item('c')]])
    server.others.set('a', { ...item('a').annotation, revision: 5, review: { state: 'accepted', by: 'eve' } } as never)
    server.others.set('b', { ...item('b').annotation, revision: 6, label: 'van' } as never)
    const queue = await opened(server)
    queue.decide(['a', 'b'], 'rejected')
    await settled()
    expect(ids(queue).toSorted()).toEqual(['b', 'c'])
    expect(queue.state().items.find((each) => each.annotation.annotation_id === 'b')?.annotation.label).toBe('van')
    expect(overtaken).toHaveBeenCalledWith(2)
    expect([queue.state().left, queue.state().canUndo]).toEqual([2, false])
    server.others.clear()
    queue.decide(['b'], 'accepted')
    await settled()
    expect(server.calls[1]?.[0]?.revision).toBe(6)
  })

  test('keeps decisions while there is no connection', async () => {
    vi.useFakeTimers()
    const server = new Server([[item('a'), item('b')]])
    const queue = await opened(server)
    server.isOffline = true
    queue.decide(['a'], 'accepted')
    await vi.advanceTimersByTimeAsync(10)
    expect([queue.state().isOffline, queue.state().pending, current(queue)]).toEqual([true, 1, 'b'])
    server.isOffline = false
    await vi.advanceTimersByTimeAsync(5_000)
    expect([queue.state().isOffline, queue.state().pending, server.states.get('a')?.revision]).toEqual([false, 0, 2])
    vi.useRealTimers()
  })

  test('puts back what the server refuses, with its words', async () => {
    const server = new Server([[item('a'), item('b')]])
    server.decide = async (decisions) => decisions.map(() => ({ kind: 'refused', error: new Error('No such label.') }))
    const queue = await opened(server)
    queue.decide(['a'], 'accepted')
    await settled()
    expect(ids(queue)).toEqual(['a', 'b'])
    expect(refused).toHaveBeenCalledWith(new Error('No such label.'))
  })

  test('keeps a note on an annotation that goes on waiting', async () => {
    const server = new Server([[item('a'), item('b')]])
    const queue = await opened(server)
    queue.note('a', 'ask the team')
    await settled()
    expect(server.states.get('a')?.review).toEqual({ state: 'pending', note: 'ask the team' })
    expect(ids(queue)).toEqual(['a', 'b'])
  })

  test('reads the next page before the end is reached', async () => {
    const many = Array.from({ length: 40 }, (_, at) => item(`first-${at}`))
    const queue = await opened(new Server([many, [item('second')]]))
    expect(ids(queue)).toHaveLength(40)
    queue.decide(
      many.slice(0, 15).map((each) => each.annotation.annotation_id),
      'accepted',
    )
    await settled()
    expect(ids(queue)).toContain('second')
  })
})

test('two people begin at different assets, and each goes asset by asset', () => {
  const items = Array.from({ length: 60 }, (_, at) => ({ asset: `asset-${Math.floor(at / 3)}`, at }))
  const [ada, eve] = ['ada', 'eve'].map((seed) => ordered(items, (each) => each.asset, seed)) as [never[], never[]]
  for (const order of [ada, eve] as unknown as { asset: string; at: number }[][]) {
    const changes = order.filter((each, at) => at && each.asset !== order[at - 1]?.asset).length
    expect(changes).toBe(19)
    expect(order.map(({ at }) => at).toSorted((one, other) => one - other)).toEqual(items.map(({ at }) => at))
  }
  expect(ada).not.toEqual(eve)
  expect(ordered(items, (each) => each.asset, 'ada')).toEqual(ada)
})

test('the address names what waits; what it cannot mean is left out', () => {
  const search = readAddress({ field: 'yolo12', label: 7, from: '0.2', to: 5, other: 'x' })
  expect(search).toEqual({ field: 'yolo12', label: '7', from: 0.2 })
  const review = ['unreviewed', 'pending']
  expect(wantedOf(search)).toEqual({ review, field: 'yolo12', label: '7', confidence: { gte: 0.2 } })
  expect(wantedOf(search, 'field')).toEqual({ review, label: '7', confidence: { gte: 0.2 } })
  expect(wantedOf({ author: 'ada', from: 0, to: 1 })).toEqual({ review, created_by: 'ada' })
})
