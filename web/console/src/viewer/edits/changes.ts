/** Changes of annotations as merge patches: applying them, taking them back, and merging them with those of others. */
import type { Annotation } from '../../drawing'

export type Patch = Readonly<Record<string, unknown>>

/** Members that place an annotation: a change to one replaces all of them (as the API does). */
const GEOMETRY = [
  ...[
    'bbox',
    'bbox_px',
    'bbox_area',
    'image_size',
    'coordinate_frame',
    'area',
    'rings',
    'rings_px',
    'holes',
    'holes_px',
  ],
  ...['keypoints', 'mask', 'ellipse', 'ellipse_px', 'cuboid', 'cuboid_px', 'box3d', 'support', 'map'],
  ...['longitude', 'latitude', 'line', 'polygon'],
] as const
/** Members that turn the geometry; they conflict with it, but are not replaced by it. */
const TURNING = ['rotation', 'rotation_origin'] as const
const IS_GEOMETRY = new Set<string>(GEOMETRY)
const IS_PLACING = new Set<string>([...GEOMETRY, ...TURNING])
/** Members that the server works out from the pixels that a source gave. */
const DERIVED: Readonly<Record<string, string>> = {
  bbox: 'bbox_px',
  rings: 'rings_px',
  holes: 'holes_px',
  ellipse: 'ellipse_px',
  cuboid: 'cuboid_px',
}
/** Members that the server writes with every change. */
const BOOKKEEPING = new Set([
  'revision',
  'change',
  'updated_at',
  'updated_by',
  'created_at',
  'created_by',
  'schema_version',
])

/** Return an annotation after a patch (RFC 7386), its geometry replaced as a whole. */
export function patched(annotation: Annotation, patch: Patch): Annotation {
  const kept = touchesGeometry(patch)
    ? Object.fromEntries(Object.entries(annotation).filter(([name]) => !IS_GEOMETRY.has(name)))
    : annotation
  return merged(kept, patch) as Annotation
}

/** Return the patch that brings back what a patch changes. */
export function inverse(before: Annotation, patch: Patch): Patch {
  const found: Record<string, unknown> = {}
  const values = before as unknown as Record<string, unknown>
  if (touchesGeometry(patch)) Object.assign(found, geometryOf(before))
  for (const name of Object.keys(patch)) {
    if (IS_GEOMETRY.has(name)) continue
    found[name] = difference(patch[name], values[name])
  }
  return found
}

/** Return one patch that does what two do one after the other. */
export function together(first: Patch, second: Patch): Patch {
  const kept = touchesGeometry(second)
    ? Object.fromEntries(Object.entries(first).filter(([name]) => !IS_GEOMETRY.has(name)))
    : first
  return stacked(kept, second)
}

/** Return the members that an annotation's geometry is sent with: pixels where a source gave them, else relative ones. */
export function geometryOf(annotation: Annotation): Patch {
  const values = annotation as unknown as Record<string, unknown>
  const given = GEOMETRY.filter((name) => values[name] !== undefined && name !== 'bbox_area' && name !== 'area')
  const derived = new Set(Object.entries(DERIVED).flatMap(([name, source]) => (values[source] ? [name] : [])))
  const isBoxDerived = !['detection', 'track', 'heatmap'].includes(annotation.type)
  if (isBoxDerived) for (const name of ['bbox', 'bbox_px']) derived.add(name)
  const sent = (name: string): unknown =>
    name === 'mask' || name === 'map' ? withoutPlace(values[name]) : values[name]
  return Object.fromEntries(given.filter((name) => !derived.has(name)).map((name) => [name, sent(name)]))
}

/** Return the members, geometry being one, in which two states of an annotation differ. */
export function changedMembers(one: Annotation, other: Annotation): Set<string> {
  const names = new Set([...Object.keys(one), ...Object.keys(other)])
  const [left, right] = [one, other] as unknown as Record<string, unknown>[]
  const differ = [...names].filter((name) => !BOOKKEEPING.has(name) && !isSame(left?.[name], right?.[name]))
  return new Set(differ.map(memberOf))
}

/** Return the members that a patch changes and somebody else has changed to another value since `base`. */
export function conflicts(patch: Patch, base: Annotation, current: Annotation): string[] {
  const theirs = changedMembers(base, current)
  const wanted = patched(base, patch)
  const [mine, other] = [wanted, current] as unknown as [Record<string, unknown>, Record<string, unknown>]
  const touched = [...new Set(Object.keys(patch).map(memberOf))].filter((name) => theirs.has(name))
  return touched.filter((name) =>
    name === 'geometry'
      ? !isSame(geometryOf(wanted), geometryOf(current))
      : !isSame(unsigned(mine[name]), unsigned(other[name])),
  )
}

/** Return a review without the names of the server's signature: two people who accept are of one mind. */
function unsigned(value: unknown): unknown {
  if (!isRecord(value) || !('state' in value)) return value
  const { by, at, ...stated } = value
  return stated
}

/** Return the draft with which an annotation is made once more, under a new id. */
export function draftOf(annotation: Annotation): Record<string, unknown> {
  const left = new Set([...BOOKKEEPING, ...GEOMETRY, 'annotation_id', 'asset_id', 'project', 'origin', 'deleted_at'])
  const rest = Object.entries(annotation).filter(([name]) => !left.has(name))
  return { ...Object.fromEntries(rest), ...geometryOf(annotation) }
}

/** Return a mask or heatmap as it is sent: without the place in the bucket, and without what is counted anew. */
function withoutPlace(raster: unknown): unknown {
  const { s3, area, ...rest } = raster as Record<string, unknown>
  return rest
}

/** Return a state with the runs and values that the answer left in the bucket, from the state that was sent. */
export function withRasters(state: Annotation, sent: Annotation | undefined): Annotation {
  const { mask, map } = state
  return {
    ...state,
    ...(mask?.s3 && !mask.counts && sent?.mask?.counts ? { mask: { ...mask, counts: sent.mask.counts } } : {}),
    ...(map?.s3 && !map.values && sent?.map?.values ? { map: { ...map, values: sent.map.values } } : {}),
  }
}

const memberOf = (name: string): string => (IS_PLACING.has(name) ? 'geometry' : name)

function touchesGeometry(patch: Patch): boolean {
  return Object.keys(patch).some((name) => IS_GEOMETRY.has(name))
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function merged(target: unknown, patch: unknown): unknown {
  if (!isRecord(patch)) return patch
  const found: Record<string, unknown> = isRecord(target) ? { ...target } : {}
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete found[name]
    else found[name] = merged(found[name], value)
  }
  return found
}

/** Return the merge patch from the value after a patch back to the value before. */
function difference(patch: unknown, before: unknown): unknown {
  if (!isRecord(patch) || !isRecord(before)) return before ?? null
  const back: Record<string, unknown> = {}
  for (const name of Object.keys(patch)) back[name] = difference(patch[name], before[name])
  return back
}

/** Return one merge patch for two; unlike in `merged`, null stays. */
function stacked(first: unknown, second: unknown): Patch {
  const found: Record<string, unknown> = isRecord(first) ? { ...first } : {}
  for (const [name, value] of Object.entries(second as Patch)) {
    found[name] = isRecord(value) && isRecord(found[name]) ? stacked(found[name], value) : value
  }
  return found
}

function isSame(one: unknown, other: unknown): boolean {
  if (one === other) return true
  if (typeof one === 'number' && typeof other === 'number') return Math.abs(one - other) < 1e-12
  if (Array.isArray(one) && Array.isArray(other)) {
    return one.length === other.length && one.every((each, at) => isSame(each, other[at]))
  }
  if (!isRecord(one) || !isRecord(other)) return false
  const names = new Set([...Object.keys(one), ...Object.keys(other)])
  return [...names].every((name) => isSame(one[name], other[name]))
}
