/**
 * Run-length encoding of masks, and COCO's packed text form. Port of `foveal/encoding/rle.py`.
 *
 * Runs alternate between background and foreground, and begin with background.
 */

/** Return the runs of a mask of `pixels` pixels. Throws RangeError for counts that do not add up to them. */
export function runsOf(counts: readonly number[] | string, pixels: number): readonly number[] {
  const found = typeof counts === 'string' ? unpacked(counts) : counts
  const sum = found.reduce((total, run) => (run < 0 ? NaN : total + run), 0)
  if (sum !== pixels) throw new RangeError(`The runs of a mask add up to ${sum} pixels, not to ${pixels}.`)
  return found
}

/** Return the runs in a packed string (cocoapi, `common/maskApi.c`, `rleFrString`). */
export function unpacked(text: string): number[] {
  const found: number[] = []
  let [value, factor] = [0, 1]
  for (let at = 0; at < text.length; at += 1) {
    const bits = text.charCodeAt(at) - 48
    if (bits < 0 || bits > 63 || factor > 2 ** 50) throw new RangeError('The text is no packed run-length encoding.')
    value += (bits & 0x1f) * factor
    factor *= 32
    if (bits & 0x20) continue
    if (bits & 0x10) value -= factor
    found.push(value + (found.length > 2 ? (found.at(-2) as number) : 0))
    value = 0
    factor = 1
  }
  if (factor > 1) throw new RangeError('The packed run-length encoding ends in the middle of a number.')
  return found
}

/** Return runs in COCO's packed text form (`rleToString`). */
export function packed(counts: readonly number[]): string {
  let text = ''
  counts.forEach((count, index) => {
    let value = index > 2 ? count - (counts[index - 2] as number) : count
    for (let isMore = true; isMore; ) {
      const bits = modulo32(value)
      value = Math.floor(value / 32)
      isMore = value !== (bits & 0x10 ? -1 : 0)
      text += String.fromCharCode(48 + bits + (isMore ? 0x20 : 0))
    }
  })
  return text
}

const modulo32 = (value: number): number => ((value % 32) + 32) % 32
