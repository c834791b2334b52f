/** Bars of the viewer: the way to other assets, the state of saving, zoom; and the tools that draw. */
import { Link } from '@tanstack/react-router'
import {
  ArrowLeft,
  Brush,
  ChevronLeft,
  ChevronRight,
  CircleCheck,
  CloudOff,
  CloudUpload,
  Eraser,
  Keyboard,
  Maximize,
  MousePointer2,
  Pentagon,
  Redo2,
  ScanSearch,
  Spline,
  Square,
  TriangleAlert,
  Undo2,
  Waypoints,
  ZoomIn,
  ZoomOut,
} from 'lucide-react'
import type { ReactElement } from 'react'
import { ToggleButton, ToggleButtonGroup } from 'react-aria-components'
import { IconButton } from '../ui/button'
import button from '../ui/button.module.css'
import type { EditState } from './edits/edits'
import type { Neighbours } from './neighbours'
import { resultOf } from './result'
import type { StageHandle } from './stage/core'
import { TOOLS, type Tool } from './stage/tools'
import { texts } from './texts'
import styles from './viewer.module.css'

export interface TopBarProps {
  project: string
  name: string
  neighbours: Neighbours | undefined
  open: (assetId: string) => void
  edits: EditState | undefined
  canEdit: boolean
  undo: () => void
  redo: () => void
  stage: () => StageHandle | null
  showKeys: () => void
}

export function TopBar(props: TopBarProps): ReactElement {
  const { project, name, neighbours, open, edits, canEdit, stage } = props
  const text = texts.use()
  const { previous, next, position } = neighbours ?? {}
  return (
    <header className={styles.bar}>
      <Link
        to="/p/$project/assets"
        params={{ project }}
        search={resultOf(project)?.search ?? {}}
        aria-label={text.back}
        title={text.back}
        className={`${button.button} ${button.quiet} ${button.icon}`}
      >
        <ArrowLeft aria-hidden />
      </Link>
      <h1 className={styles.title}>{name}</h1>
      {position ? <span className={styles.position}>{text.position(position.at, position.of)}</span> : null}
      <IconButton label={text.previous} keys="PageUp" isDisabled={!previous} onPress={() => previous && open(previous)}>
        <ChevronLeft aria-hidden />
      </IconButton>
      <IconButton label={text.next} keys="PageDown" isDisabled={!next} onPress={() => next && open(next)}>
        <ChevronRight aria-hidden />
      </IconButton>
      <span className={styles.space} />
      {edits && canEdit ? <SaveState edits={edits} /> : null}
      {edits && canEdit ? (
        <>
          <IconButton label={text.undo} keys="Ctrl+Z" isDisabled={!edits.canUndo} onPress={props.undo}>
            <Undo2 aria-hidden />
          </IconButton>
          <IconButton label={text.redo} keys="Ctrl+Y" isDisabled={!edits.canRedo} onPress={props.redo}>
            <Redo2 aria-hidden />
          </IconButton>
        </>
      ) : null}
      {edits ? (
        <span className={styles.zoom}>
          <IconButton label={text.zoomOut} keys="-" onPress={() => stage()?.zoom(1 / 1.4)}>
            <ZoomOut aria-hidden />
          </IconButton>
          <IconButton label={text.zoomIn} keys="+" onPress={() => stage()?.zoom(1.4)}>
            <ZoomIn aria-hidden />
          </IconButton>
          <IconButton label={text.actual} keys="=" onPress={() => stage()?.actual()}>
            <ScanSearch aria-hidden />
          </IconButton>
          <IconButton label={text.fit} keys="0" onPress={() => stage()?.fit()}>
            <Maximize aria-hidden />
          </IconButton>
          <IconButton label={text.keys} keys="?" onPress={props.showKeys}>
            <Keyboard aria-hidden />
          </IconButton>
        </span>
      ) : null}
    </header>
  )
}

const SAVE_ICONS = { saved: CircleCheck, saving: CloudUpload, offline: CloudOff, conflict: TriangleAlert }

function SaveState({ edits }: { edits: EditState }): ReactElement {
  const text = texts.use()
  const words = {
    saved: text.saved,
    saving: text.saving,
    offline: text.offline(edits.pending),
    conflict: text.conflict,
  }
  const Icon = SAVE_ICONS[edits.status]
  return (
    <span className={styles.save} data-status={edits.status} role="status">
      <Icon aria-hidden />
      <span>{words[edits.status]}</span>
    </span>
  )
}

const TOOL_ICONS = {
  select: MousePointer2,
  box: Square,
  polygon: Pentagon,
  polyline: Spline,
  keypoints: Waypoints,
  brush: Brush,
  eraser: Eraser,
}
export const TOOL_KEYS: Record<Tool, string> = {
  select: 'v',
  box: 'n',
  polygon: 'g',
  polyline: 'l',
  keypoints: 'p',
  brush: 'b',
  eraser: 'x',
}

export function ToolBar({ tool, choose }: { tool: Tool; choose: (tool: Tool) => void }): ReactElement {
  const text = texts.use()
  return (
    <ToggleButtonGroup
      aria-label={text.tools}
      className={styles.tools ?? ''}
      orientation="vertical"
      selectionMode="single"
      disallowEmptySelection
      selectedKeys={[tool]}
      onSelectionChange={(keys) => choose([...keys][0] as Tool)}
    >
      {TOOLS.map((each) => {
        const Icon = TOOL_ICONS[each]
        return (
          <ToggleButton
            key={each}
            id={each}
            aria-label={`${text[each]} (${TOOL_KEYS[each]})`}
            className={`${button.button} ${button.quiet} ${button.icon}`}
          >
            <Icon aria-hidden />
          </ToggleButton>
        )
      })}
    </ToggleButtonGroup>
  )
}
