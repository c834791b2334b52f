/** Labels of a version by split, those with the most annotations first. */
import type { Version } from './queries'

type LabelSize = NonNullable<Version['labels']>[number]

export interface LabelRow {
  label: string | null
  total: number
  by: Record<string, number>
}

export function labelTable(sizes: readonly LabelSize[]): { splits: string[]; rows: LabelRow[] } {
  const rows = new Map<string | null, LabelRow>()
  const splits = new Set<string>()
  for (const { label, split, count } of sizes) {
    const name = split ?? ''
    splits.add(name)
    const row = rows.get(label) ?? { label, total: 0, by: {} }
    row.total += count
    row.by[name] = (row.by[name] ?? 0) + count
    rows.set(label, row)
  }
  return { splits: [...splits], rows: [...rows.values()].sort((a, b) => b.total - a.total) }
}
