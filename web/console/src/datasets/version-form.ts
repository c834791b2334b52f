/** The request of a new version, from what its form holds. */
import type { Filter, RequestOptions } from '@foveal/client'
import type { Version } from './queries'

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

/**
 * Return the form as it is opened: with what another screen hands over, and with the splits of the newest version,
 * which are kept, so that no asset moves from one to another unasked.
 */
export function formOf(
  given: { filter?: Filter | undefined; view?: string | undefined; assetIds?: string[] | undefined },
  newest: Pick<Version, 'version' | 'split'> | undefined,
): VersionForm {
  const { filter, view, assetIds } = given
  const split = newest?.split
  return {
    ...NEW_FORM,
    source: filter ? 'filter' : assetIds ? 'list' : view ? 'view' : 'everything',
    view,
    ids: (assetIds ?? []).join('\n'),
    ...(split
      ? {
          hasSplits: true,
          shares: Object.entries(split.shares).map(([name, share]) => ({ name, percent: percentOf(share) })),
          groupBy: split.group_by,
          seed: split.seed,
          isStratified: split.stratify,
          keepFrom: newest.version,
        }
      : {}),
  }
}

const percentOf = (share: number): string => String(Math.round(share * 1e6) / 1e4)

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
  given: { filter?: Filter | undefined; view?: string | undefined },
): RequestOptions<'POST /v1/projects/{project}/datasets/{name}/versions'>['body'] {
  return {
    ...(form.description.trim() ? { description: form.description.trim() } : {}),
    ...(form.source === 'filter' && given.filter ? { filter: given.filter } : {}),
    ...(form.source === 'filter' && given.view ? { view: given.view } : {}), // the filter holds within the view
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
