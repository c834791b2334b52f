/** Choice between the original of a picture and its preview. */
import type { Asset } from '@foveal/client'

/** Types that every browser decodes, upright and without a crop of their own. */
const SHOWN_BY_BROWSERS = new Set(['image/jpeg', 'image/png', 'image/webp', 'image/gif'])
const MAX_PIXELS = 25_000_000
export const PREVIEW_WIDTH = 1280

/** Tell whether a browser shows the original as the server would. */
export function showsOriginal({ mime_type: type, width, height, is_animated: isAnimated }: Asset): boolean {
  return SHOWN_BY_BROWSERS.has(type ?? '') && (width ?? 0) * (height ?? 0) <= MAX_PIXELS && !isAnimated
}
