/** Worker: masks decoded and coloured outside of the page's thread. */
import type { Colour } from '../colours'
import { MaskRaster, type MaskSource } from './masks'
import { tintedMask } from './tinted-mask'

export interface MaskOrder {
  number: number
  source: MaskSource
  colour: Colour
}

export interface MaskAnswer {
  number: number
  /** Undefined of an empty mask. */
  picture: ImageBitmap | undefined
}

const scope = self as unknown as {
  onmessage: (event: MessageEvent<MaskOrder>) => void
  postMessage: (answer: MaskAnswer, transfer: Transferable[]) => void
}

scope.onmessage = async ({ data: { number, source, colour } }) => {
  const bitmap = MaskRaster.of(...source).bitmap()
  if (!bitmap) {
    scope.postMessage({ number, picture: undefined }, [])
    return
  }
  const { width, height, data } = tintedMask(bitmap, colour)
  const picture = await createImageBitmap(new ImageData(data, width, height))
  scope.postMessage({ number, picture }, [picture])
}
