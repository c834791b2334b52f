/** Order of a queue for one person: asset by asset, and another order of the assets for everybody. */

/** Return items asset by asset, the assets in an order that follows from `seed`: two people begin at different ones. */
export function ordered<T>(items: readonly T[], assetOf: (item: T) => string, seed: string): T[] {
  const keys = new Map(items.map((item) => [assetOf(item), hash(`${seed} ${assetOf(item)}`)]))
  return [...items].sort((one, other) => {
    const [left, right] = [assetOf(one), assetOf(other)]
    if (left === right) return 0
    return (keys.get(left) as number) - (keys.get(right) as number) || (left < right ? -1 : 1)
  })
}

/** FNV-1a of 32 bits (Fowler, Noll and Vo), its bits mixed once more. */
function hash(text: string): number {
  let value = 0x811c9dc5
  for (let at = 0; at < text.length; at += 1) value = Math.imul(value ^ text.charCodeAt(at), 0x01000193)
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b)
  return (value ^ (value >>> 13)) >>> 0
}
