/** Sizes: which files go in parts, how large those are, and how many transfers the system holds at once. */

const MIB = 1024 * 1024

/** Larger files go in parts: a PUT that breaks starts from 0, because the system cannot send the rest of a file. */
export const MAX_PUT_BYTES = 100 * MIB
export const MIN_PART_BYTES = 32 * MIB
export const MAX_PART_BYTES = 64 * MIB
/** iOS was seen to stall for minutes with a thousand transfers of one session. */
export const MAX_TRANSFERS = 100
/** Part files take the space of the file a second time; of files above this size only so many parts exist at once. */
export const MAX_CUT_WHOLE_BYTES = 1024 * MIB
export const PARTS_OF_A_BATCH = 16
/** Longest life of a part's URL: the system decides when it sends. */
export const PART_URL_SECONDS = 12 * 3600
const MAX_PARTS = 10_000

/** Return the size of parts for a file, undefined for one that goes in a single PUT. Throws RangeError above 625 GiB. */
export function partSize(sizeBytes: number): number | undefined {
  if (sizeBytes <= MAX_PUT_BYTES) return undefined
  const size = Math.ceil(Math.max(MIN_PART_BYTES, sizeBytes / MAX_PARTS) / MIB) * MIB
  if (size > MAX_PART_BYTES) throw new RangeError(`a file of ${sizeBytes} bytes is too large for a phone`)
  return size
}

/** Return the numbers of the parts to hand over next, of those that are missing and not under way. */
export function nextParts(missing: number[], underWay: number, sizeBytes: number, room: number): number[] {
  const batch = sizeBytes > MAX_CUT_WHOLE_BYTES ? PARTS_OF_A_BATCH - underWay : missing.length
  return missing.slice(0, Math.max(0, Math.min(batch, room)))
}
