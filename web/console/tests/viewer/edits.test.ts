import 'fake-indexeddb/auto'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Annotation } from '../../src/drawing'
import { conflicts, geometryOf, inverse, patched } from '../../src/viewer/edits/changes'
import type { Command } from '../../src/viewer/edits/commands'
import { Edits } from '../../src/viewer/edits/edits'
import type { OwnEdit } from '../../src/viewer/edits/known'
import type { Sender, Sent } from '../../src/viewer/edits/sender'
import { type EditStore, indexedDbEdits, memoryEdits } from '../../src/viewer/edits/store'

const BOX = { type: 'detection', field: 'gt', label: 'car', bbox: [0.1, 0.1, 0.2, 0.2] }

function annotation(facts: Partial<Annotation> = {}): Annotation {
  return { annotation_id: 'a', revision: 1, ...BOX, ...facts } as Annotation
}

/** Server with the revisions, refusals and states of the API. */
class Server implements Sender {
  states = new Map<string, Annotation>()
  deleted = new Map<string, Annotation>()
  sent: Command[] = []
  isOffline = false
  loseAnswers = 0
  annotationRevision = 7

  constructor(...annotations: Annotation[]) {
    for (const each of annotations) this.states.set(each.annotation_id, each)
  }

  async send(command: Command, revision: number): Promise<Sent> {
    if (this.isOffline) return { kind: 'later' }
    this.sent.push(command)
    const answer = this.apply(command, revision)
    if (this.loseAnswers-- > 0) return { kind: 'later' }
    return answer
  }

  private apply({ action, annotationId: id }: Command, revision: number): Sent {
    const present = this.states.get(id)
    if (action.kind === 'create') {
      if (present) return { kind: 'changed', current: present, revision: present.revision }
      return this.put(id, { ...(action.draft as unknown as Annotation), annotation_id: id }, 1)
    }
    if (action.kind === 'restore') {
      const gone = this.deleted.get(id) as Annotation
      if (gone.revision !== revision) return { kind: 'changed', current: undefined, revision: gone.revision }
      return this.put(id, gone, revision + 1)
    }
    if (!present) return { kind: 'changed', current: undefined, revision: this.deleted.get(id)?.revision }
    if (present.revision !== revision) return { kind: 'changed', current: present, revision: present.revision }
    if (action.kind === 'patch') return this.put(id, patched(present, action.patch), revision + 1)
    this.states.delete(id)
    this.deleted.set(id, { ...present, revision: revision + 1 })
    this.annotationRevision += 1
    return { kind: 'done', state: undefined, revision: revision + 1, annotationRevision: this.annotationRevision }
  }

  put(id: string, state: Annotation, revision: number): Sent {
    const next = { ...state, revision }
    this.states.set(id, next)
    this.annotationRevision += 1
    return { kind: 'done', state: next, revision, annotationRevision: this.annotationRevision }
  }
}

let store: EditStore
const refusals: Error[] = []

const done: OwnEdit[] = []

async function opened(server: Sender, annotations: Annotation[], kept = store): Promise<Edits> {
  const onRefusal = (error: Error) => refusals.push(error)
  const onDone = (edit: OwnEdit) => done.push(edit)
  const edits = new Edits({ sender: server, store: kept, key: 'asset', onRefusal, onDone })
  edits.receive(annotations)
  await edits.open()
  return edits
}

const later = (ms = 500) => vi.advanceTimersByTimeAsync(ms)
const patch = (changes: Record<string, unknown>) => ({ kind: 'patch', patch: changes }) as const
const only = (edits: Edits) => edits.state().annotations[0]

beforeEach(() => {
  vi.useFakeTimers()
  store = memoryEdits()
  refusals.length = 0
  done.length = 0
})
afterEach(() => {
  vi.useRealTimers()
})

describe('edits', () => {
  test('are shown at once and sent together after 200 ms', async () => {
    const server = new Server(annotation())
    const edits = await opened(server, [annotation()])
    edits.perform('a', patch({ label: 'bus' }))
    edits.perform('a', patch({ bbox: [0, 0, 0.1, 0.1] }))
    expect(only(edits)).toMatchObject({ label: 'bus', bbox: [0, 0, 0.1, 0.1] })
    expect(edits.state().status).toBe('saving')
    await later(199)
    expect(server.sent).toHaveLength(0)
    await later(2)
    expect(server.sent.map((each) => each.action)).toEqual([patch({ label: 'bus', bbox: [0, 0, 0.1, 0.1] })])
    expect(edits.state()).toMatchObject({ status: 'saved', pending: 0 })
    expect(only(edits)?.revision).toBe(2)
  })

  test('of one annotation are sent one after the other', async () => {
    const server = new Server(annotation())
    const edits = await opened(server, [annotation()])
    edits.perform('a', patch({ label: 'bus' }))
    await later(201)
    edits.perform('a', patch({ label: 'van' }))
    await later()
    expect(server.states.get('a')).toMatchObject({ label: 'van', revision: 3 })
  })

  test('are told with the state and the annotation revision that the server has since', async () => {
    const server = new Server(annotation())
    const edits = await opened(server, [annotation()])
    edits.perform('a', patch({ label: 'bus' }))
    await later()
    edits.perform('a', { kind: 'delete' })
    await later()
    expect(done).toMatchObject([
      { annotationId: 'a', state: { label: 'bus', revision: 2 }, annotationRevision: 8 },
      { annotationId: 'a', state: undefined, annotationRevision: 9 },
    ])
  })

  test('that are known only by a conflict with themselves are not told', async () => {
    const server = new Server()
    const edits = await opened(server, [])
    server.loseAnswers = 1
    edits.perform('a', { kind: 'create', draft: BOX })
    await later()
    await later(2_000)
    expect(edits.state()).toMatchObject({ status: 'saved', pending: 0 })
    expect(done).toEqual([])
  })

  test('are taken back and done again against the newest revision', async () => {
    const server = new Server(annotation())
    const edits = await opened(server, [annotation()])
    edits.perform('a', patch({ bbox: [0, 0, 0.1, 0.1] }))
    await later()
    edits.perform('a', { kind: 'delete' })
    await later()
    expect(edits.state().annotations).toHaveLength(0)
    edits.undo()
    expect(edits.state().annotations).toHaveLength(1)
    await later()
    edits.undo()
    await later()
    expect(server.states.get('a')).toMatchObject({ bbox: BOX.bbox, revision: 5 })
    expect(edits.state()).toMatchObject({ canUndo: false, canRedo: true, status: 'saved' })
    edits.redo()
    await later()
    expect(server.states.get('a')?.bbox).toEqual([0, 0, 0.1, 0.1])
  })

  test('made anew are deleted by undo and come back by redo', async () => {
    const server = new Server()
    const edits = await opened(server, [])
    edits.perform('n', { kind: 'create', draft: BOX })
    await later()
    edits.undo()
    await later()
    expect(server.states.size).toBe(0)
    edits.redo()
    await later()
    expect(server.states.get('n')).toMatchObject({ label: 'car', revision: 3 })
    expect(refusals).toEqual([])
  })

  test('survive a reload, and so does undo', async () => {
    vi.useRealTimers()
    const kept = indexedDbEdits()
    const server = new Server(annotation())
    server.isOffline = true
    const before = await opened(server, [annotation()], kept)
    before.perform('a', patch({ label: 'bus' }))
    await before.kept()
    before.close()
    server.isOffline = false
    const edits = await opened(server, [annotation()], indexedDbEdits())
    expect(only(edits)?.label).toBe('bus')
    await vi.waitFor(() => expect(edits.state().status).toBe('saved'))
    edits.undo()
    await vi.waitFor(() => expect(server.states.get('a')).toMatchObject({ label: 'car', revision: 3 }))
    edits.close()
  })

  test('wait while the server does not answer, and are sent when it does', async () => {
    const server = new Server(annotation())
    server.isOffline = true
    const edits = await opened(server, [annotation()])
    edits.perform('a', patch({ label: 'bus' }))
    await later()
    expect(edits.state()).toMatchObject({ status: 'offline', pending: 1 })
    server.isOffline = false
    await later(3000)
    expect(edits.state().status).toBe('saved')
    expect(server.states.get('a')?.label).toBe('bus')
  })

  test('whose answer was lost are not done twice', async () => {
    const server = new Server(annotation())
    const edits = await opened(server, [annotation()])
    server.loseAnswers = 2
    edits.perform('n', { kind: 'create', draft: BOX })
    edits.perform('a', patch({ label: 'bus' }))
    await later(5000)
    expect(edits.state()).toMatchObject({ status: 'saved', conflict: undefined })
    expect([...server.states.keys()].sort()).toEqual(['a', 'n'])
  })

  test('merge with those of others where the members differ', async () => {
    const server = new Server(annotation({ revision: 2, label: 'bus' }))
    const edits = await opened(server, [annotation()])
    edits.perform('a', patch({ bbox: [0, 0, 0.1, 0.1] }))
    await later(1000)
    expect(server.states.get('a')).toMatchObject({ label: 'bus', bbox: [0, 0, 0.1, 0.1], revision: 3 })
    expect(edits.state().status).toBe('saved')
  })

  test.each(['mine', 'theirs', 'both'] as const)('in conflict are decided by the person: %s', async (choice) => {
    const theirs = annotation({ revision: 2, bbox: [0.5, 0.5, 0.1, 0.1] })
    const server = new Server(theirs)
    const edits = await opened(server, [annotation()])
    edits.perform('a', patch({ bbox: [0, 0, 0.1, 0.1] }))
    await later()
    expect(edits.state()).toMatchObject({ status: 'conflict', conflict: { theirs, members: ['geometry'] } })
    edits.resolve(choice)
    await later()
    expect(edits.state()).toMatchObject({ status: 'saved', conflict: undefined })
    const boxes = [...server.states.values()].map((each) => each.bbox?.[0])
    expect(boxes).toEqual(choice === 'mine' ? [0] : choice === 'theirs' ? [0.5] : [0.5, 0])
  })

  test('of an annotation that somebody deleted bring it back if the person wants', async () => {
    const server = new Server()
    server.deleted.set('a', annotation({ revision: 2 }))
    const edits = await opened(server, [annotation()])
    edits.perform('a', patch({ label: 'bus' }))
    await later()
    expect(edits.state().conflict).toMatchObject({ theirs: undefined, members: ['existence'] })
    edits.resolve('mine')
    await later(1500)
    expect(server.states.get('a')).toMatchObject({ label: 'bus' })
  })

  test('that the server refuses are taken back with its words', async () => {
    const refusing: Sender = { send: async () => ({ kind: 'refused', error: new Error('The box lies outside.') }) }
    const edits = await opened(refusing, [annotation()])
    edits.perform('a', patch({ bbox: [2, 2, 1, 1] }))
    await later()
    expect(only(edits)?.bbox).toEqual(BOX.bbox)
    expect(refusals.map((each) => each.message)).toEqual(['The box lies outside.'])
    expect(edits.state().canUndo).toBe(false)
  })

  test('by nudges in quick succession are one step of undo', async () => {
    const edits = await opened(new Server(annotation()), [annotation()])
    for (const x of [0.2, 0.3, 0.4]) edits.perform('a', patch({ bbox: [x, 0.1, 0.2, 0.2] }))
    edits.undo()
    expect(only(edits)?.bbox).toEqual(BOX.bbox)
    expect(edits.state().canUndo).toBe(false)
  })
})

describe('changes', () => {
  test('of geometry take the pixels of the source away, and undo brings them back', () => {
    const before = annotation({ bbox_px: [10, 10, 20, 20], image_size: [100, 100] })
    const change = { bbox: [0, 0, 0.5, 0.5] }
    expect(patched(before, change)).not.toHaveProperty('bbox_px')
    expect(inverse(before, change)).toEqual({ bbox_px: [10, 10, 20, 20], image_size: [100, 100] })
  })

  test('of a polygon do not send the box that follows from it', () => {
    const rings = [
      [
        [0, 0],
        [1, 0],
        [1, 1],
      ],
    ]
    expect(geometryOf(annotation({ type: 'polygon', rings }))).toEqual({ rings })
  })

  test('of one attribute leave the others', () => {
    const before = annotation({ attributes: { speed: 1, colour: 'red' } })
    expect(inverse(before, { attributes: { speed: 2, size: 3 } })).toEqual({ attributes: { speed: 1, size: null } })
  })

  test('to the same value are no conflict', () => {
    const base = annotation()
    expect(conflicts({ label: 'bus' }, base, annotation({ label: 'bus', revision: 2 }))).toEqual([])
    expect(conflicts({ label: 'bus' }, base, annotation({ label: 'van', revision: 2 }))).toEqual(['label'])
    expect(conflicts({ rotation: 3 }, base, annotation({ bbox: [0, 0, 1, 1] }))).toEqual(['geometry'])
  })
})
