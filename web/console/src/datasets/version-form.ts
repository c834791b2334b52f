/** The request of a new version, from what its form holds. */
import type { Filter, RequestOptions } from '@foveal/client'

export type SourceKind = 'everything' | 'filter' | 'view' | 'list'

export interface Share {
  name: string
  /** Percent, as typed. */
  percent: string
}

export interface VersionForm {
  description: string
  source: SourceKind
  view: string | undefined
  ids: string
  hasSplits: boolean
  shares: Share[]
  groupBy: string
  seed: string
  isStratified: boolean
  /** Version whose splits are kept. */
  keepFrom: number | undefined
}

export const NEW_FORM: VersionForm = {
  description: '',
  source: 'everything',
  view: undefined,
  ids: '',
  hasSplits: false,
  shares: [
    { name: 'train', percent: '80' },
    { name: 'val', percent: '10' },
    { name: 'test', percent: '10' },
  ],
  groupBy: 'asset',
  seed: '1',
  isStratified: true,
  keepFrom: undefined,
}

/** Return the sum of the shares in percent; NaN when one of them is no number. */
export const sumOf = (shares: readonly Share[]): number =>
  shares.reduce((sum, { percent }) => sum + numberOf(percent), 0)

/** Numbers are typed with a point or a comma. */
const numberOf = (typed: string): number => (typed.trim() === '' ? Number.NaN : Number(typed.trim().replace(',', '.')))

export function isWhole(form: VersionForm): boolean {
  if (form.source === 'view' && !form.view) return false
  if (form.source === 'list' && idsOf(form).length === 0) return false
  return !form.hasSplits || Math.abs(sumOf(form.shares) - 100) < 1e-6
}

export const idsOf = ({ ids }: VersionForm): string[] => [...new Set(ids.split(/[\s,;]+/).filter(Boolean))]

export function bodyOf(
  form: VersionForm,
  filter: Filter | undefined,
): RequestOptions<'POST /v1/projects/{project}/datasets/{name}/versions'>['body'] {
  return {
    ...(form.description.trim() ? { description: form.description.trim() } : {}),
    ...(form.source === 'filter' && filter ? { filter } : {}),
    ...(form.source === 'view' && form.view ? { view: form.view } : {}),
    ...(form.source === 'list' ? { asset_ids: idsOf(form) } : {}),
    ...(form.hasSplits
      ? {
          split: {
            shares: Object.fromEntries(form.shares.map(({ name, percent }) => [name.trim(), numberOf(percent) / 100])),
            seed: form.seed,
            group_by: form.groupBy.trim(),
            stratify: form.isStratified,
            ...(form.keepFrom === undefined ? {} : { keep_from: form.keepFrom }),
          },
        }
      : {}),
  }
}
