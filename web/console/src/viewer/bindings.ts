/** Actions of the keys in the viewer. */
import type { Annotation, Point } from '../drawing'
import type { Binding } from '../ui/keys'
import type { ViewerState } from './address'
import { TOOL_KEYS } from './bars'
import type { Drafting } from './drafting'
import type { Edits } from './edits/edits'
import type { StageHandle } from './stage/core'
import { withoutPoint } from './stage/handles'
import { TOOLS } from './stage/tools'
import type { Playback } from './video/playback'
import type { Windowing } from './windowing/use-windowing'

export interface KeyContext {
  stage: () => StageHandle | null
  state: ViewerState
  change: (changes: Partial<ViewerState>) => void
  select: (id: string | undefined) => void
  step: (direction: -1 | 1) => void
  setBare: (isBare: boolean) => void
  showKeys: () => void
  selected: Annotation | undefined
  canEdit: boolean
  edits: Edits
  drafting: Drafting
  labels: readonly string[]
  undo: () => void
  redo: () => void
  review: (state: 'accepted' | 'rejected') => void
  relabel: (label: string) => void
  remove: () => void
  /** Of an asset that has frames. */
  playback: Playback | undefined
  isVideo: boolean
  makeKeyframe: () => void
  /** Of a grey DICOM picture. */
  windowing: Windowing | undefined
}

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] } as const

export function bindingsOf(context: KeyContext): Binding[] {
  return [...viewing(context), ...playing(context), ...windowed(context), ...(context.canEdit ? editing(context) : [])]
}

function viewing(context: KeyContext): Binding[] {
  const { stage, state, change } = context
  const least = (by: number): void => {
    change({ minConfidence: Math.min(1, Math.max(0, Math.round((state.minConfidence + by) * 20) / 20)) })
  }
  const { windowing } = context
  const move = (by: Point): void => (windowing?.isAdjusting ? windowing.adjust(by) : stage()?.nudge(by))
  const arrows = Object.entries(ARROWS).flatMap(([key, [x, y]]): Binding[] => [
    { id: key, keys: [key], repeats: true, run: () => move([x, y]) },
    { id: `far ${key}`, keys: [`Shift+${key}`], repeats: true, run: () => move([10 * x, 10 * y]) },
  ])
  return [
    ...arrows,
    { id: 'previous', keys: ['PageUp'], run: () => context.step(-1) },
    { id: 'next', keys: ['PageDown'], run: () => context.step(1) },
    { id: 'zoom in', keys: ['+'], repeats: true, run: () => stage()?.zoom(1.4) },
    { id: 'zoom out', keys: ['-'], repeats: true, run: () => stage()?.zoom(1 / 1.4) },
    { id: 'fit', keys: ['0'], run: () => stage()?.fit() },
    { id: 'actual', keys: ['='], run: () => stage()?.actual() },
    { id: 'less confidence', keys: ['['], repeats: true, run: () => least(-0.05) },
    { id: 'more confidence', keys: [']'], repeats: true, run: () => least(0.05) },
    { id: 'hide', keys: ['h'], run: () => context.setBare(true), end: () => context.setBare(false) },
    { id: 'keys', keys: ['?'], run: context.showKeys },
    { id: 'cancel', keys: ['Escape'], run: () => cancel(context) },
  ]
}

/** Frames, and playback of a video; on a picture the space bar lets every drag move the view. */
function playing({ playback, isVideo, stage, canEdit, makeKeyframe }: KeyContext): Binding[] {
  const hold: Binding = { id: 'pan', keys: ['Space'], run: () => stage()?.hold(true), end: () => stage()?.hold(false) }
  if (!playback) return [hold]
  const { frame, seek, toggle } = playback
  return [
    isVideo ? { id: 'play', keys: ['Space'], run: toggle } : hold,
    { id: 'frame before', keys: [','], repeats: true, run: () => seek(frame - 1) },
    { id: 'frame after', keys: ['.'], repeats: true, run: () => seek(frame + 1) },
    { id: 'second before', keys: ['<'], repeats: true, run: () => seek(frame - 10) },
    { id: 'second after', keys: ['>'], repeats: true, run: () => seek(frame + 10) },
    ...(canEdit ? [{ id: 'key frame', keys: ['k'], run: makeKeyframe }] : []),
  ]
}

/** The window of a grey DICOM picture. */
function windowed({ windowing }: KeyContext): Binding[] {
  if (!windowing) return []
  return [
    { id: 'adjust window', keys: ['w'], run: () => windowing.setAdjusting(!windowing.isAdjusting) },
    { id: 'next window', keys: ['W'], run: windowing.next },
    { id: 'default window', keys: ['d'], run: () => windowing.choose(undefined) },
  ]
}

function editing(context: KeyContext): Binding[] {
  const { stage, drafting, labels } = context
  return [
    ...TOOLS.map((tool): Binding => ({ id: tool, keys: [TOOL_KEYS[tool]], run: () => drafting.choose(tool) })),
    ...labels
      .slice(0, 9)
      .map((label, at): Binding => ({ id: `label ${at}`, keys: [`${at + 1}`], run: () => context.relabel(label) })),
    { id: 'place', keys: ['Enter'], run: () => drafting.place(stage()?.cursor() ?? [0, 0]) },
    { id: 'finish', keys: ['Control+Enter'], run: drafting.finish },
    { id: 'handle', keys: ['m'], run: () => stage()?.cycleHandle(1) },
    { id: 'handle before', keys: ['M'], run: () => stage()?.cycleHandle(-1) },
    { id: 'undo', keys: ['Control+z'], repeats: true, run: context.undo },
    { id: 'redo', keys: ['Control+y', 'Control+Shift+z'], repeats: true, run: context.redo },
    { id: 'accept', keys: ['a'], run: () => context.review('accepted') },
    { id: 'reject', keys: ['r'], run: () => context.review('rejected') },
    { id: 'delete', keys: ['Delete', 'Backspace'], run: () => remove(context) },
  ]
}

function cancel({ drafting, select, selected }: KeyContext): void {
  if (drafting.draft?.points.length) drafting.choose(drafting.tool)
  else if (drafting.tool !== 'select') drafting.choose('select')
  else if (selected) select(undefined)
}

/** Delete the last point of a draft, the active point, or the annotation. */
function remove({ drafting, stage, selected, edits, remove: removeAll }: KeyContext): void {
  if (drafting.stepBack() || !selected) return
  const handle = stage()?.activeHandle()
  const patch = handle ? withoutPoint(selected, handle) : undefined
  if (patch) edits.perform(selected.annotation_id, { kind: 'patch', patch })
  else if (!handle?.startsWith('point')) removeAll()
}
