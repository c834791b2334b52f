import { describe, expect, test } from 'vitest'
import type { Annotation } from '../../src/drawing/annotation'
import { Captions } from '../../src/drawing/captions'
import type { Size } from '../../src/drawing/geometry/points'
import { shapeOf, stylesOf } from '../../src/drawing/shapes'

const image = { size: [1000, 500], storedSize: [1000, 500], turn: 1 } as const
const place = { viewport: { x: 0, y: 0, scale: 1 }, view: [1000, 500] as Size }

function box(id: string, bbox: number[], confidence?: number) {
  const facts = { annotation_id: id, type: 'detection', field: 'gt', label: id, bbox, confidence }
  return shapeOf(facts as unknown as Annotation, image, stylesOf([]))
}

interface Written {
  text: string
  left: number
  top: number
  right: number
  bottom: number
}

/** A context that keeps the texts and the rectangles behind them; a letter is 7 px wide. */
function paper() {
  const written: Written[] = []
  let behind: Omit<Written, 'text'> | undefined
  const context = {
    measureText: (text: string) => ({ width: 7 * text.length }),
    fillRect: (left: number, top: number, width: number, height: number) => {
      behind = { left, top, right: left + width, bottom: top + height }
    },
    fillText: (text: string) => behind && written.push({ text, ...behind }),
  } as unknown as CanvasRenderingContext2D
  return { context, written }
}

function overlaps([one, other]: readonly Written[]): boolean {
  if (!one || !other) throw new Error('There are fewer than two captions.')
  return one.left < other.right && other.left < one.right && one.top < other.bottom && other.top < one.bottom
}

describe('captions', () => {
  const truth = box('cup', [0.3, 0.3, 0.2, 0.3])
  const guess = box('mug', [0.3, 0.302, 0.2, 0.3], 0.63)

  test('of two boxes at the same place are both written, without overlap', () => {
    const { context, written } = paper()
    new Captions().write(context, [guess, truth], place, 'label')
    expect(written.map(({ text }) => text)).toEqual(['cup', 'mug 0.63'])
    expect(overlaps(written)).toBe(false)
  })

  test('stay in the view at its edges', () => {
    const { context, written } = paper()
    new Captions().write(context, [box('corner', [0.97, 0, 0.03, 1])], place, 'label')
    expect(written).toHaveLength(1)
    for (const { left, top, right, bottom } of written)
      expect(left >= 0 && top >= 0 && right <= 1000 && bottom <= 500).toBe(true)
  })

  test('of an active shape are where the drawing below has them', () => {
    const [below, above] = [paper(), paper()]
    const captions = new Captions()
    captions.write(below.context, [guess, truth], place, 'label')
    captions.writeOver(above.context, [guess], place, 'label')
    expect(above.written).toEqual(below.written.slice(1))
  })

  test('of a shape that is drawn only above cover none of those below', () => {
    const [below, above] = [paper(), paper()]
    const captions = new Captions()
    captions.write(below.context, [guess], place, 'label')
    captions.writeOver(above.context, [truth], place, 'label')
    expect(overlaps([...below.written, ...above.written])).toBe(false)
  })
})
