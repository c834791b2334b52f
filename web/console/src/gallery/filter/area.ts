/** Areas of a filter: boxes between meridians and parallels, of which an asset lies in one. */
import type { Filter } from '@foveal/client'
import type { FilterModel } from './model'

/** West, south, east, north in degrees; not across the antimeridian. */
export type Box = readonly [number, number, number, number]

function ringOf([west, south, east, north]: Box): number[][] {
  return [
    [west, south],
    [east, south],
    [east, north],
    [west, north],
    [west, south],
  ]
}

const filterOf = (boxes: readonly Box[]): Filter => {
  const parts = boxes.map((each) => ({ within: ringOf(each) }))
  return (parts.length === 1 ? parts[0] : { or: parts }) as Filter
}

/** Return the boxes of a condition; undefined for any other one. */
export function areaOf(part: Filter): Box[] | undefined {
  const parts = ('or' in part ? part.or : [part]) as { within?: number[][] }[]
  const boxes = parts.map(({ within: [sw = [], , ne = []] = [] }) => [sw[0], sw[1], ne[0], ne[1]] as unknown as Box)
  const isArea = parts.every(({ within }, at) => JSON.stringify(within) === JSON.stringify(ringOf(boxes[at] as Box)))
  return isArea ? boxes : undefined
}

/** Return the boxes in a text such as `9,53,11,54;179,-20,180,-10`; undefined where it is none. */
export function readArea(text: string): Filter | undefined {
  const boxes = text.split(';').map((each) => each.split(',').map(Number) as unknown as Box)
  const isArea = boxes.every(
    (box) => box.length === 4 && box.every(Number.isFinite) && box[0] < box[2] && box[1] < box[3],
  )
  return isArea ? filterOf(boxes) : undefined
}

/** Return the model with other boxes; without any, none is asked for. */
export function withArea(model: FilterModel, boxes: readonly Box[]): FilterModel {
  const more = model.more.filter((each) => !areaOf(each))
  return { ...model, more: boxes.length > 0 ? [...more, filterOf(boxes)] : more }
}
