/** Skeletons as text: names of keypoints, and the pairs of positions (from 1) between which lines are drawn. */

export interface Skeleton {
  names: string[]
  edges?: number[][]
}

export const namesText = (skeleton: Skeleton | null | undefined): string => (skeleton?.names ?? []).join(', ')

export const edgesText = (skeleton: Skeleton | null | undefined): string =>
  (skeleton?.edges ?? []).map(([from = 0, to = 0]) => `${from + 1}-${to + 1}`).join(', ')

/** Return the skeleton that two texts describe, null for no keypoints, undefined for edges that cannot be. */
export function skeletonOf(names: string, edges: string): Skeleton | null | undefined {
  const found = names
    .split(',')
    .map((each) => each.trim())
    .filter(Boolean)
  const written = edges
    .split(',')
    .map((each) => each.trim())
    .filter(Boolean)
  if (found.length === 0) return written.length === 0 ? null : undefined
  const pairs: number[][] = []
  for (const each of written) {
    const [, from, to] = /^(\d+)\s*[-–]\s*(\d+)$/.exec(each) ?? []
    const pair = [Number(from) - 1, Number(to) - 1]
    if (!pair.every((at) => at >= 0 && at < found.length)) return undefined
    pairs.push(pair)
  }
  return { names: found, edges: pairs }
}
