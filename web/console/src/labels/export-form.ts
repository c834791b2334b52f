/** The request of an export, from what its form holds. */
import type { Filter, RequestOptions } from '@foveal/client'

export type SourceKind = 'everything' | 'filter' | 'selection' | 'view' | 'import' | 'dataset'

export interface Source {
  kind: SourceKind
  view: string | undefined
  importId: string | undefined
}

export interface ExportForm {
  format: string
  options: Record<string, string>
  /** Names of layers, separated by commas; empty for all. */
  layers: string
  /** Empty for the name that the server gives. */
  fileName: string
  schema: string | undefined
}

export interface Given {
  filter?: Filter | undefined
  assetIds?: string[] | undefined
  view?: string | undefined
  importId?: string | undefined
  dataset?: { name: string; version: number } | undefined
}

/** Return what can be exported; first what another screen handed over. */
export function kindsOf({ filter, assetIds, view, importId, dataset }: Given): SourceKind[] {
  const given: SourceKind[] = []
  if (filter) given.push('filter')
  if (assetIds) given.push('selection')
  if (view && !filter) given.push('view')
  if (importId) given.push('import')
  if (dataset) given.push('dataset')
  return [...new Set<SourceKind>([...given, 'everything', 'view', 'import'])]
}

export function bodyOf(
  form: ExportForm,
  source: Source,
  given: Given,
): RequestOptions<'POST /v1/projects/{project}/exports'>['body'] {
  const layers = form.layers
    .split(',')
    .map((each) => each.trim())
    .filter(Boolean)
  const options = Object.entries(form.options).filter(([, value]) => value.trim() !== '')
  return {
    format: form.format,
    ...(options.length > 0 ? { options: Object.fromEntries(options) } : {}),
    ...(layers.length > 0 ? { fields: layers } : {}),
    ...(form.schema ? { label_schema: form.schema } : {}),
    ...(form.fileName.trim() ? { file_name: form.fileName.trim() } : {}),
    ...(source.kind === 'filter' && given.filter ? { filter: given.filter } : {}),
    ...(source.kind === 'filter' && given.view ? { view: given.view } : {}), // the filter holds within the view
    ...(source.kind === 'selection' && given.assetIds ? { asset_ids: given.assetIds } : {}),
    ...(source.kind === 'view' && source.view ? { view: source.view } : {}),
    ...(source.kind === 'dataset' && given.dataset
      ? { dataset: given.dataset.name, version: given.dataset.version }
      : {}),
    ...(source.kind === 'import' && source.importId ? { import_id: source.importId } : {}),
  }
}
