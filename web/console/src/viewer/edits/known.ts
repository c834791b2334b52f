/** Annotations of an asset as this page knows them: those that were loaded, and its own edits since. */
import type { Annotation } from '../../drawing'

/** A change of one annotation that the server has carried out for this page. */
export interface OwnEdit {
  annotationId: string
  /** The state since; undefined of a deleted annotation. */
  state: Annotation | undefined
  /** The asset's annotation revision after it; one less before. */
  annotationRevision: number
}

export interface Known {
  loaded: readonly Annotation[]
  /** Whether there are more than can be shown. */
  isCut: boolean
  /** The asset's annotation revision up to which every change is known. */
  revision: number
  /** The last own edit of each annotation since the load. */
  own: ReadonlyMap<string, OwnEdit>
  /** Annotation revisions of all own edits since the load. */
  ownRevisions: ReadonlySet<number>
}

/** Return what is known after a load, whose answer may be older than own edits that were under way. */
export function afterLoad(
  loaded: readonly Annotation[],
  isCut: boolean,
  revision: number,
  before: Known | undefined,
): Known {
  const own = new Map([...(before?.own ?? [])].filter(([, each]) => each.annotationRevision > revision))
  const ownRevisions = new Set([...(before?.ownRevisions ?? [])].filter((each) => each > revision))
  return { loaded, isCut, revision: contiguous(revision, ownRevisions), own, ownRevisions }
}

/** Return what is known after an own edit; a gap before its revision is a change of somebody else, or still under way. */
export function afterOwnEdit(known: Known, edit: OwnEdit): Known {
  const ownRevisions = new Set(known.ownRevisions).add(edit.annotationRevision)
  const last = known.own.get(edit.annotationId)
  const isLast = !last || last.annotationRevision < edit.annotationRevision
  const own = isLast ? new Map(known.own).set(edit.annotationId, edit) : known.own
  return { ...known, revision: contiguous(known.revision, ownRevisions), own, ownRevisions }
}

/** Return the annotations that are known. */
export function annotationsOf({ loaded, own }: Known): Annotation[] {
  const left = new Map(own)
  const found: Annotation[] = []
  for (const each of loaded) {
    const edit = left.get(each.annotation_id)
    left.delete(each.annotation_id)
    if (!edit) found.push(each)
    else if (edit.state) found.push(edit.state.revision < each.revision ? each : edit.state)
  }
  for (const { state } of left.values()) if (state) found.push(state)
  return found
}

function contiguous(revision: number, own: ReadonlySet<number>): number {
  let last = revision
  while (own.has(last + 1)) last += 1
  return last
}
