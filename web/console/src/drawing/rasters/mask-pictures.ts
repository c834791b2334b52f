/** Pictures of masks, made by one worker for the whole page. */
import type { Colour } from '../colours'
import type { MaskSource } from './masks'
import type { MaskAnswer, MaskOrder } from './worker'

const waiting = new Map<number, (picture: ImageBitmap | undefined) => void>()
let worker: Worker | undefined
let last = 0

/** Return a mask in a colour; undefined of an empty one. */
export function maskPicture(source: MaskSource, colour: Colour): Promise<ImageBitmap | undefined> {
  worker ??= started()
  last += 1
  const order: MaskOrder = { number: last, source, colour }
  worker.postMessage(order)
  return new Promise((resolve) => waiting.set(order.number, resolve))
}

function started(): Worker {
  const made = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' })
  made.onmessage = ({ data: { number, picture } }: MessageEvent<MaskAnswer>) => {
    waiting.get(number)?.(picture)
    waiting.delete(number)
  }
  return made
}
