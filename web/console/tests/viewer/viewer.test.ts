import { describe, expect, test } from 'vitest'
import type { Annotation } from '../../src/drawing'
import { nameOf, registry } from '../../src/ui/keys'
import { readAddress, writeAddress } from '../../src/viewer/address'
import { keyframeOf } from '../../src/viewer/tracks'
import { evenTimes, exactTimes, frameAt, frameNear, timeOf } from '../../src/viewer/video/frames'
import { lanesOf } from '../../src/viewer/video/lanes'

describe('address', () => {
  test('holds what is not as usual, and is read back', () => {
    const state = { selected: 'a', frame: 7, hiddenLayers: ['x', 'y'], minConfidence: 0.25, mode: 'layer' } as const
    const written = writeAddress(state)
    expect(written).toEqual({ ann: 'a', frame: 7, hide: 'x,y', min: 0.25, colour: 'layer' })
    expect(readAddress(written)).toEqual(state)
    expect(writeAddress(readAddress({}))).toEqual({})
  })

  test('that makes no sense is as usual', () => {
    expect(readAddress({ frame: 'x', min: 7, colour: 'rainbow' })).toEqual(readAddress({}))
  })
})

describe('keys', () => {
  const binding = (id: string, ...keys: string[]) => ({ id, keys, run: () => {} })

  test('are refused where two bindings name them, or the browser does', () => {
    expect(() => registry([binding('one', 'a'), binding('two', 'a')])).toThrow('a is bound to one and to two.')
    expect(() => registry([binding('tab', 'Tab')])).toThrow('belongs to the browser')
  })

  test('are named by what they write', () => {
    const press = { key: 'a', ctrlKey: false, metaKey: false, altKey: false, shiftKey: false }
    expect(nameOf(press)).toBe('a')
    expect(nameOf({ ...press, key: '?', shiftKey: true })).toBe('?')
    expect(nameOf({ ...press, key: 'Z', ctrlKey: true, shiftKey: true })).toBe('Control+Shift+z')
    expect(nameOf({ ...press, key: 'z', metaKey: true })).toBe('Control+z')
    expect(nameOf({ ...press, key: 'ArrowLeft', shiftKey: true })).toBe('Shift+ArrowLeft')
    expect(nameOf({ ...press, key: ' ' })).toBe('Space')
  })
})

describe('frames', () => {
  const even = evenTimes({ frame_rate: { num: 30_000, den: 1001 }, frame_count: 300 })

  test('of every number are found again at their own time', () => {
    const times = even as NonNullable<typeof even>
    expect(times.isApproximate).toBe(true)
    for (let frame = 0; frame < 300; frame += 1) {
      expect(frameAt(times, timeOf(times, frame))).toBe(frame)
      expect(frameAt(times, times.seconds[frame] as number)).toBe(frame)
    }
  })

  test('of variable length are found by their times', () => {
    const times = { seconds: [0, 0.1, 0.5, 0.52], isApproximate: false }
    expect([0, 0.05, 0.1, 0.49, 0.51, 9].map((time) => frameAt(times, time))).toEqual([0, 0, 1, 1, 2, 3])
    expect(timeOf(times, 1) - 0.1).toBeCloseTo(5e-6, 9)
  })

  test('are told from pictures by the time at which they begin, a tick apart too', () => {
    const tick = 1 / 12_800
    const times = { seconds: [0, tick, 2 * tick, 1], isApproximate: false }
    const seconds = times.seconds.map((time) => time + 1e-7)
    expect(seconds.map((time) => frameNear(times, time))).toEqual([0, 1, 2, 3])
    expect([-tick, tick / 2, 3 * tick, 0.5, 2].map((time) => frameNear(times, time))).toEqual(Array(5).fill(undefined))
  })

  test('of a table are exact, whatever their lengths', () => {
    const table = {
      time_base: { num: 1, den: 1000 },
      frame_count: 5,
      first: 40,
      runs: [
        [2, 40],
        [2, 100],
      ],
    } as const
    const times = exactTimes(table)
    expect(times.isApproximate).toBe(false)
    expect([...times.seconds].map((each) => Math.round(each * 1000))).toEqual([40, 80, 120, 220, 320])
    expect(exactTimes({ ...table, frame_count: 1, runs: [] }).seconds).toHaveLength(1)
  })

  test('are not made up where neither rate nor count is known', () => {
    expect(evenTimes({ duration_seconds: 3 })).toBeUndefined()
  })
})

describe('timeline', () => {
  const base = { type: 'detection', field: 'gt', label: 'car', track_id: 't' }
  const place = (id: string, facts: object) => ({ ...base, annotation_id: id, ...facts }) as Annotation
  const styles = { colours: new Map(), skeletons: new Map() }

  test('shows a track from its key frame until it is outside, and again', () => {
    const places = [
      place('a', { frame_index: 0, keyframe: true }),
      place('b', { frame_index: 10, keyframe: true, outside: true }),
      place('c', { frame_index: 20, keyframe: true }),
    ]
    const [lane] = lanesOf(places, {}, 30, styles)
    expect(lane?.spans).toEqual([
      [0, 9],
      [20, 29],
    ])
    expect(lane?.marks.map(({ frame }) => frame)).toEqual([0, 10, 20])
  })

  test('shows what a tracker wrote for each frame as one part', () => {
    const places = [3, 4, 5, 9].map((frame) => place(`p${frame}`, { frame_index: frame }))
    expect(lanesOf(places, {}, 30, styles)[0]?.spans).toEqual([
      [3, 5],
      [9, 9],
    ])
  })

  test('shows intervals in frames and in seconds', () => {
    const asset = { frame_rate: { num: 10, den: 1 }, frame_count: 30 }
    const interval = { track_id: null, type: 'temporal' }
    const lanes = lanesOf(
      [
        place('i', { ...interval, support: { first: 2, last: 4 } }),
        place('s', { ...interval, support: { start_seconds: 1, end_seconds: 1.55 } }),
      ],
      asset,
      30,
      styles,
    )
    expect(lanes.map((lane) => lane.spans)).toEqual([[[2, 4]], [[10, 15]]])
  })
})

test('a change between key frames is a key frame of its own', () => {
  const shown = {
    ...{ annotation_id: 'a', revision: 3, type: 'detection', field: 'gt', label: 'car', track_id: 't' },
    ...{ frame_index: 5, keyframe: false, interpolated: true, bbox: [0, 0, 0.1, 0.1], confidence: 0.3 },
  } as Annotation
  const draft = keyframeOf(shown, { bbox: [0.5, 0, 0.1, 0.1] })
  expect(draft).toEqual({
    ...{ type: 'detection', field: 'gt', label: 'car', track_id: 't', frame_index: 5, keyframe: true },
    ...{ source: 'manual', bbox: [0.5, 0, 0.1, 0.1] },
  })
})
