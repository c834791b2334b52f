import { describe, expect, test } from 'vitest'
import type { Annotation } from '../../src/drawing'
import { afterLoad, afterOwnEdit, annotationsOf, type Known, type OwnEdit } from '../../src/viewer/edits/known'

const box = (id: string, revision = 1): Annotation =>
  ({ annotation_id: id, revision, type: 'detection', field: 'gt', label: `${id}${revision}` }) as Annotation
const load = (revision: number, states: Annotation[], before?: Known) => afterLoad(states, false, revision, before)
const edit = (annotationRevision: number, state: Annotation): OwnEdit => ({
  annotationId: state.annotation_id,
  state,
  annotationRevision,
})
const deletion = (annotationRevision: number, annotationId: string): OwnEdit => ({
  annotationId,
  state: undefined,
  annotationRevision,
})
const labels = (known: Known) => annotationsOf(known).map((each) => each.label)

describe('known annotations', () => {
  test('follow own edits without another load', () => {
    let known = load(4, [box('a'), box('b')])
    known = afterOwnEdit(known, edit(5, box('a', 2)))
    known = afterOwnEdit(known, edit(6, box('c')))
    known = afterOwnEdit(known, deletion(7, 'b'))
    expect(labels(known)).toEqual(['a2', 'c1'])
    expect(known.revision).toBe(7)
  })

  test('are behind after a change of somebody else, until they are loaded', () => {
    const known = afterOwnEdit(load(4, [box('a'), box('b')]), edit(6, box('a', 2)))
    expect(known.revision).toBe(4)
    expect(labels(known)).toEqual(['a2', 'b1'])
    const again = load(6, [box('a', 2), box('b', 2)], known)
    expect(again.revision).toBe(6)
    expect(labels(again)).toEqual(['a2', 'b2'])
    expect(again.own.size + again.ownRevisions.size).toBe(0)
  })

  test('are complete when answers to own edits arrive in another order', () => {
    const known = afterOwnEdit(load(4, [box('a'), box('b')]), edit(6, box('a', 2)))
    expect(afterOwnEdit(known, edit(5, box('b', 2))).revision).toBe(6)
  })

  test('keep own edits that a load under way has not seen', () => {
    const known = [edit(5, box('a', 2)), deletion(6, 'b'), edit(7, box('c'))].reduce(
      afterOwnEdit,
      load(4, [box('a'), box('b')]),
    )
    const late = load(5, [box('a', 2), box('b')], known)
    expect(labels(late)).toEqual(['a2', 'c1'])
    expect(late.revision).toBe(7)
  })

  test('have the newer state where a load saw a later one of somebody else', () => {
    const known = afterOwnEdit(load(4, [box('a')]), edit(6, box('a', 2)))
    expect(labels(load(5, [box('a', 3)], known))).toEqual(['a3'])
  })
})
