/** Colour modes: shapes are coloured by label as the server does, or by layer, track, confidence or state of review. */
import type { Annotation } from './annotation'
import { type Colour, colourOf } from './colours'
import type { Shape } from './shapes'

export const COLOUR_MODES = ['label', 'layer', 'track', 'confidence', 'review'] as const
export type ColourMode = (typeof COLOUR_MODES)[number]

const NONE = new Map<string, string>()
/** Okabe and Ito, "Color Universal Design": told apart by people with any colour vision. */
const REVIEW: Record<string, Colour> = { accepted: [0, 158, 115], rejected: [213, 94, 0], pending: [240, 228, 66] }
const UNKNOWN: Colour = [150, 150, 150]
/** Stops of the colour map cividis, from low to high confidence. */
const CONFIDENCE: readonly Colour[] = [
  [0, 32, 77],
  [65, 77, 107],
  [124, 123, 120],
  [188, 175, 111],
  [255, 234, 70],
]

export function colourIn(mode: ColourMode, shape: Shape): Colour {
  const { annotation } = shape
  if (mode === 'label') return shape.colour
  if (mode === 'layer') return colourOf(annotation.field, NONE)
  if (mode === 'track') return annotation.track_id ? colourOf(annotation.track_id, NONE) : UNKNOWN
  if (mode === 'review') return REVIEW[reviewStateOf(annotation) ?? ''] ?? UNKNOWN
  return typeof annotation.confidence === 'number' ? ofConfidence(annotation.confidence) : UNKNOWN
}

export type ReviewState = 'accepted' | 'rejected' | 'pending'

export function reviewStateOf(annotation: Annotation): ReviewState | undefined {
  const state = annotation.review?.state
  return state === 'accepted' || state === 'rejected' || state === 'pending' ? state : undefined
}

/** Tell whether a model made the annotation; its lines are dashed. */
export function isPrediction(annotation: Annotation): boolean {
  return typeof annotation.confidence === 'number' || annotation.run !== undefined || annotation.source === 'auto'
}

function ofConfidence(confidence: number): Colour {
  const at = Math.min(1, Math.max(0, confidence)) * (CONFIDENCE.length - 1)
  const low = CONFIDENCE[Math.floor(at)] as Colour
  const high = CONFIDENCE[Math.ceil(at)] as Colour
  const share = at - Math.floor(at)
  const mixed = low.map((each, channel) => Math.round(each + ((high[channel] as number) - each) * share))
  return mixed as unknown as Colour
}
