/** A label schema while it is edited; members that the form does not show stay as they are. */
import type { Answer, RequestOptions } from '@foveal/client'
import { edgesText, namesText, skeletonOf } from './skeleton'

export type Schema = Answer<'GET /v1/projects/{project}/label-schemas/{name}'>
type Label = Schema['labels'][number]

export interface LabelDraft {
  /** Of the row, while the form is open. */
  id: string
  label: Label
  /** Names of keypoints and the lines between them, as typed. */
  keypoints: string
  edges: string
}

export interface SchemaDraft {
  description: string
  /** Layers, separated by commas. */
  enforced: string
  labels: LabelDraft[]
}

let serial = 0

export function newLabel(): LabelDraft {
  serial += 1
  return { id: `new-${serial}`, label: { name: '' }, keypoints: '', edges: '' }
}

export function draftOf(found: Schema | undefined): SchemaDraft {
  return {
    description: found?.description ?? '',
    enforced: (found?.enforced_fields ?? []).join(', '),
    labels: (found?.labels ?? []).map((label, index) => ({
      id: String(index),
      label,
      keypoints: namesText(label.skeleton),
      edges: edgesText(label.skeleton),
    })),
  }
}

export type SchemaProblem = { kind: 'noName' } | { kind: 'twice'; label: string } | { kind: 'wrongEdges' }

/** Return the first thing that keeps a schema from being saved. */
export function problemOf({ labels }: SchemaDraft): SchemaProblem | undefined {
  const names = new Set<string>()
  for (const { label, keypoints, edges } of labels) {
    const name = label.name.normalize('NFC').trim()
    if (!name) return { kind: 'noName' }
    if (names.has(name)) return { kind: 'twice', label: name }
    names.add(name)
    if (skeletonOf(keypoints, edges) === undefined) return { kind: 'wrongEdges' }
  }
  return undefined
}

export function schemaOf(
  draft: SchemaDraft,
): RequestOptions<'PUT /v1/projects/{project}/label-schemas/{name}'>['body'] {
  return {
    description: draft.description.trim() || null,
    enforced_fields: draft.enforced
      .split(',')
      .map((each) => each.trim())
      .filter(Boolean),
    labels: draft.labels.map(({ label, keypoints, edges }) => ({
      ...label,
      name: label.name.trim(),
      skeleton: skeletonOf(keypoints, edges) ?? null,
    })),
  }
}
