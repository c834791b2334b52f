/** Drawing of new annotations: the chosen tool, the points placed so far, layer and label of what is made. */
import { useState } from 'react'
import type { Annotation, LabelSchema, Point, Size } from '../drawing'
import { canPaint, isPrediction, type MaskRaster, painted } from '../drawing'
import type { Edits } from './edits/edits'
import { begun, type Draft, geometryOf, isWhole, paints, placed, type Tool, withoutLast } from './stage/tools'

const DEFAULT_LAYER = 'ground_truth'
const DRAWN = new Set<string>(['detection', 'polygon', 'polyline', 'keypoints'])

export interface Drafting {
  tool: Tool
  draft: Draft | undefined
  layer: string
  label: string | undefined
  choose: (tool: Tool) => void
  setLayer: (layer: string) => void
  setLabel: (label: string) => void
  place: (point: Point) => void
  finish: () => void
  /** Take the last point away; false where there is none. */
  stepBack: () => boolean
  /** Label the whole asset. */
  classify: (label: string) => void
  /** Radius of the brush in pixels of the image. */
  brush: number
  setBrush: (radius: number) => void
  /** Paint or erase along points: on the selected mask, else on a new one. */
  paint: (points: readonly Point[]) => void
}

export interface DraftingOptions {
  edits: Edits
  annotations: readonly Annotation[]
  schemas: readonly LabelSchema[]
  labels: readonly string[]
  image: Size
  /** Frame on which new annotations lie, undefined on pictures. */
  frame: number | undefined
  /** The selected mask and its annotation, if there is one. */
  mask: { id: string; raster: MaskRaster | undefined } | undefined
  onMade: (id: string) => void
}

export function useDrafting(options: DraftingOptions): Drafting {
  const { edits, annotations, schemas, labels, image, frame, mask, onMade } = options
  const [tool, setTool] = useState<Tool>('select')
  const [draft, setDraft] = useState<Draft>()
  const [brush, setBrush] = useState(() => Math.max(3, Math.round(Math.min(...image) / 40)))
  const [chosenLayer, setLayer] = useState<string>()
  const [chosenLabel, setLabel] = useState<string>()
  const layer = chosenLayer ?? schemas[0]?.enforced_fields[0] ?? layerOfPeople(annotations) ?? DEFAULT_LAYER
  const label = chosenLabel ?? labels[0]
  const names = schemas.flatMap((schema) => schema.labels).find((each) => each.name === label)?.skeleton?.names ?? []

  const make = (body: Record<string, unknown>): void => {
    const id = crypto.randomUUID()
    const isOnFrame = frame !== undefined && body.type !== 'classification'
    const place = isOnFrame ? { frame_index: frame, keyframe: true, track_id: id.slice(0, 8) } : {}
    const draftBody = { field: layer, source: 'manual', ...(label ? { label } : {}), ...place, ...body }
    edits.perform(id, { kind: 'create', draft: draftBody })
    onMade(id)
  }
  const complete = (whole: Draft): void => {
    const geometry = geometryOf(whole, image, names)
    if (geometry) make(geometry)
    setDraft(undefined)
    if (geometry) setTool('select')
  }
  const paint = (points: readonly Point[]): void => {
    if (!paints(tool) || !canPaint(image)) return
    const result = painted(mask?.raster, image, { points, radius: brush, isEraser: tool === 'eraser' })
    if (mask) edits.perform(mask.id, result ? { kind: 'patch', patch: { mask: result } } : { kind: 'delete' })
    else if (result) make({ type: 'mask', mask: result })
  }
  return {
    brush,
    setBrush,
    paint,
    tool,
    draft,
    layer,
    label,
    setLayer,
    setLabel,
    choose: (chosen) => {
      setTool(chosen)
      setDraft(chosen === 'select' || paints(chosen) ? undefined : begun(chosen))
    },
    place: (point) => {
      if (tool === 'select') return
      if (paints(tool)) {
        paint([point])
        return
      }
      const next = placed(draft ?? begun(tool), point)
      if (isWhole(next, names.length || undefined)) complete(next)
      else setDraft(next)
    },
    finish: () => {
      if (draft) complete(withoutRepeated(draft))
    },
    stepBack: () => {
      if (!draft?.points.length) return false
      setDraft(withoutLast(draft))
      return true
    },
    classify: (name) => make({ type: 'classification', label: name }),
  }
}

/** A double-click places its point twice. */
function withoutRepeated(draft: Draft): Draft {
  const [last, before] = [draft.points.at(-1), draft.points.at(-2)]
  const isSame = last && before && Math.hypot(last[0] - before[0], last[1] - before[1]) < 1
  return isSame ? withoutLast(draft) : draft
}

/** Return the layer that people draw in: `ground_truth` where it is in use, else that of the first drawn annotation. */
function layerOfPeople(annotations: readonly Annotation[]): string | undefined {
  const drawn = annotations.filter((each) => !isPrediction(each) && DRAWN.has(each.type))
  return (drawn.find((each) => each.field === DEFAULT_LAYER) ?? drawn[0])?.field
}
