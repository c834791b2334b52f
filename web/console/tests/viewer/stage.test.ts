import { describe, expect, test } from 'vitest'
import type { Annotation } from '../../src/drawing'
import { patched } from '../../src/viewer/edits/changes'
import {
  dragged,
  edgeAt,
  handlesOf,
  isEditable,
  movedBy,
  withoutPoint,
  withPoint,
} from '../../src/viewer/stage/handles'
import { begun, geometryOf, isWhole, placed, withoutLast } from '../../src/viewer/stage/tools'

const IMAGE = [1000, 500] as const

function annotation(facts: Partial<Annotation>): Annotation {
  return { annotation_id: 'a', type: 'detection', field: 'gt', revision: 1, ...facts } as Annotation
}

const BOX = annotation({ bbox: [0.2, 0.2, 0.2, 0.4] })
const TRIANGLE = annotation({
  type: 'polygon',
  rings: [
    [
      [0.1, 0.1],
      [0.5, 0.1],
      [0.5, 0.5],
    ],
  ],
})

describe('handles of a box', () => {
  test('lie at corners, sides and above for the angle', () => {
    const at = Object.fromEntries(handlesOf(BOX, IMAGE, 2).map((handle) => [handle.id, handle.at.map(Math.round)]))
    expect(at).toMatchObject({ nw: [200, 100], e: [400, 200], se: [400, 300], rotate: [300, 88] })
  })

  test('resize it and leave the opposite corner', () => {
    expect(dragged(BOX, 'se', [500, 400], IMAGE)).toEqual({ bbox: [0.2, 0.2, 0.3, 0.6] })
    expect(dragged(BOX, 'w', [100, 0], IMAGE)).toEqual({ bbox: [0.1, 0.2, 0.3, 0.4] })
  })

  test('never turn it inside out or lead out of the image', () => {
    expect(dragged(BOX, 'se', [-900, -900], IMAGE)).toEqual({ bbox: [0.2, 0.2, 0.001, 0.002] })
    expect(dragged(BOX, 'se', [9000, 9000], IMAGE)).toEqual({ bbox: [0.2, 0.2, 0.8, 0.8] })
  })

  test('keep the ratio of its sides on demand', () => {
    const { bbox } = dragged(BOX, 'se', [300, 300], IMAGE, true) as { bbox: number[] }
    expect((bbox[2] as number) / (bbox[3] as number)).toBeCloseTo(0.5)
  })

  test('turn it about its centre, in steps of 15 degrees on demand', () => {
    expect(dragged(BOX, 'rotate', [600, 200], IMAGE)).toMatchObject({ rotation: 90, bbox: BOX.bbox })
    expect(dragged(BOX, 'rotate', [330, 0], IMAGE, true)).toMatchObject({ rotation: 15 })
  })

  test('of a turned box resize it along its own sides', () => {
    const turned = annotation({ bbox: [0.2, 0.2, 0.2, 0.4], rotation: 90 })
    const handle = handlesOf(turned, IMAGE, 1).find(({ id }) => id === 'e')
    expect(handle?.at.map(Math.round)).toEqual([300, 300])
    const { bbox, rotation } = dragged(turned, 'e', [300, 400], IMAGE) as { bbox: number[]; rotation: number }
    expect(rotation).toBe(90)
    expect(bbox[2]).toBeCloseTo(0.3)
    const opposite = handlesOf(patched(turned, { bbox }), IMAGE, 1).find(({ id }) => id === 'w')
    expect(opposite?.at.map(Math.round)).toEqual([300, 100])
  })
})

describe('moves', () => {
  test('stop at the edge of the image', () => {
    expect(movedBy(BOX, [10, -5000], IMAGE)).toEqual({ bbox: [0.21, 0, 0.2, 0.4] })
    expect(movedBy(TRIANGLE, [5000, 0], IMAGE)).toEqual({
      rings: [
        [
          [0.6, 0.1],
          [1, 0.1],
          [1, 0.5],
        ],
      ],
    })
  })

  test('take holes along, and leave hidden keypoints', () => {
    const hole = [
      [0.3, 0.2],
      [0.4, 0.2],
      [0.4, 0.3],
    ]
    const moved = movedBy({ ...TRIANGLE, holes: [hole] }, [100, 0], IMAGE)
    expect(moved.holes).toEqual([hole.map(([x = 0, y = 0]) => [Math.round((x + 0.1) * 1e9) / 1e9, y])])
    const points = annotation({
      type: 'keypoints',
      keypoints: [
        { name: 'a', x: 0.1, y: 0.1, x_px: 100, y_px: 50, visibility: 2 },
        { name: 'b', visibility: 0 },
      ],
    })
    expect(movedBy(points, [100, 0], IMAGE)).toEqual({
      keypoints: [
        { name: 'a', x: 0.2, y: 0.1, visibility: 2 },
        { name: 'b', visibility: 0 },
      ],
    })
  })
})

describe('points', () => {
  test('are added on an edge and taken away down to a triangle', () => {
    expect(edgeAt(TRIANGLE, [300, 52], IMAGE, 4)).toEqual([0, 0])
    expect(edgeAt(TRIANGLE, [300, 150], IMAGE, 4)).toEqual([0, 2])
    const more = patched(TRIANGLE, withPoint(TRIANGLE, 0, 0, [300, 50], IMAGE))
    expect(more.rings?.[0]).toHaveLength(4)
    expect(withoutPoint(more, 'point 0 1')).toEqual({ rings: TRIANGLE.rings })
    expect(withoutPoint(TRIANGLE, 'point 0 1')).toBeUndefined()
  })

  test('of a line have no edge from the last to the first', () => {
    expect(edgeAt({ ...TRIANGLE, type: 'polyline' }, [300, 150], IMAGE, 4)).toBeUndefined()
  })

  test('of keypoints are hidden, so that the others keep their names', () => {
    const points = annotation({
      type: 'keypoints',
      keypoints: [
        { name: 'a', x: 0.1, y: 0.1, visibility: 2 },
        { name: 'b', x: 0.2, y: 0.2, visibility: 2 },
      ],
    })
    expect(withoutPoint(points, 'keypoint 0')).toEqual({
      keypoints: [
        { name: 'a', visibility: 0 },
        { name: 'b', x: 0.2, y: 0.2, visibility: 2 },
      ],
    })
  })
})

test('masks and whole labels have no geometry to edit', () => {
  expect(isEditable(annotation({ type: 'mask' }))).toBe(false)
  expect(isEditable(annotation({ type: 'classification' }))).toBe(false)
  expect(isEditable(BOX)).toBe(true)
})

describe('tools', () => {
  test('make a box of two corners in any order, but not of a click', () => {
    const box = placed(placed(begun('box'), [400, 300]), [200, 100])
    expect(isWhole(box, undefined)).toBe(true)
    expect(geometryOf(box, IMAGE, [])).toEqual({ type: 'detection', bbox: [0.2, 0.2, 0.2, 0.4] })
    expect(geometryOf(placed(placed(begun('box'), [400, 300]), [401, 301]), IMAGE, [])).toBeUndefined()
  })

  test('make a polygon of three points and more, held within the image', () => {
    const two = placed(placed(begun('polygon'), [-50, 0]), [1200, 0])
    expect(geometryOf(two, IMAGE, [])).toBeUndefined()
    expect(geometryOf(placed(two, [500, 250]), IMAGE, [])).toEqual({
      type: 'polygon',
      rings: [
        [
          [0, 0],
          [1, 0],
          [0.5, 0.5],
        ],
      ],
    })
    expect(withoutLast(two).points).toHaveLength(1)
  })

  test('name keypoints by the skeleton, and are whole when it is', () => {
    const one = placed(begun('keypoints'), [100, 50])
    expect(isWhole(one, 2)).toBe(false)
    expect(isWhole(placed(one, [1, 1]), 2)).toBe(true)
    expect(geometryOf(one, IMAGE, ['head', 'hip'])).toEqual({
      type: 'keypoints',
      keypoints: [
        { name: 'head', x: 0.1, y: 0.1, visibility: 2 },
        { name: 'hip', visibility: 0 },
      ],
    })
  })
})
