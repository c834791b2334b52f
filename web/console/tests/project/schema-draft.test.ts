import { describe, expect, it } from 'vitest'
import { draftOf, newLabel, problemOf, type Schema, schemaOf } from '../../src/project/schema-draft'
import { edgesText, skeletonOf } from '../../src/project/skeleton'

const schema = {
  name: 'birds',
  revision: 3,
  description: 'd',
  enforced_fields: ['ground_truth'],
  labels: [
    { name: 'robin', color: '#aa0000', attributes: [{ name: 'sex', input_type: 'text' }], external_ids: { coco: 4 } },
    { name: 'wren', skeleton: { names: ['beak', 'tail'], edges: [[0, 1]] } },
  ],
} as unknown as Schema

describe('schemaOf', () => {
  it('keeps members that the form does not show', () => {
    expect(schemaOf(draftOf(schema))).toEqual({
      description: 'd',
      enforced_fields: ['ground_truth'],
      labels: [
        { ...schema.labels[0], skeleton: null },
        { name: 'wren', skeleton: { names: ['beak', 'tail'], edges: [[0, 1]] } },
      ],
    })
  })
})

describe('problemOf', () => {
  it('finds labels without a name, twice the same, and lines that cannot be', () => {
    const draft = draftOf(schema)
    const [robin] = draft.labels
    expect(problemOf(draft)).toBeUndefined()
    expect(problemOf({ ...draft, labels: [newLabel()] })).toEqual({ kind: 'noName' })
    expect(problemOf({ ...draft, labels: [robin, robin].flatMap((each) => each ?? []) })).toEqual({
      kind: 'twice',
      label: 'robin',
    })
    expect(
      problemOf({ ...draft, labels: [{ ...newLabel(), label: { name: 'a' }, keypoints: 'x', edges: '1-2' }] }),
    ).toEqual({
      kind: 'wrongEdges',
    })
  })
})

describe('skeletonOf', () => {
  it('counts positions from 1 and reads back what it writes', () => {
    const skeleton = skeletonOf('head, hip , foot', '1-2, 2–3')
    expect(skeleton).toEqual({
      names: ['head', 'hip', 'foot'],
      edges: [
        [0, 1],
        [1, 2],
      ],
    })
    expect(edgesText(skeleton)).toBe('1-2, 2-3')
  })

  it('has no skeleton without keypoints, and refuses lines without them', () => {
    expect(skeletonOf(' ', '')).toBeNull()
    expect(skeletonOf('', '1-2')).toBeUndefined()
    expect(skeletonOf('a', '0-1')).toBeUndefined()
  })
})
