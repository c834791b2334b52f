/** Objects of a video: which annotation stands for the selected one on a frame, and new key frames. */
import { type Annotation, type Scene, trackOf } from '../drawing'
import { draftOf, type Patch, patched } from './edits/changes'

/** Return the selected annotation as it is drawn: itself, or the one of its track on the frame. */
export function selectedOf(
  scene: Scene,
  annotations: readonly Annotation[],
  id: string | undefined,
): Annotation | undefined {
  if (!id) return undefined
  const drawn = scene.byId.get(id)?.annotation
  if (drawn) return drawn
  const chosen = annotations.find((each) => each.annotation_id === id)
  if (!chosen?.track_id) return chosen
  const track = trackOf(chosen)
  return (
    scene.shapes.find(({ annotation }) => annotation.track_id && trackOf(annotation) === track)?.annotation ?? chosen
  )
}

/** Return the draft of a key frame: an interpolated annotation with changes, on its frame. */
export function keyframeOf(shown: Annotation, changes: Patch): Record<string, unknown> {
  const { interpolated, review, confidence, run, ...rest } = draftOf(patched(shown, changes))
  return { ...rest, keyframe: true, source: 'manual' }
}
