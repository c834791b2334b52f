/** One asset of the gallery: its thumbnail, or its state in words with one thing to do. */
import { Link } from '@tanstack/react-router'
import {
  Archive,
  Check,
  CircleAlert,
  Hourglass,
  ImageOff,
  LoaderCircle,
  type LucideIcon,
  Play,
  ScanLine,
  ShieldAlert,
  Trash2,
} from 'lucide-react'
import { type MouseEvent, memo, type ReactElement, type ReactNode, useLayoutEffect, useRef } from 'react'
import { scanStateOf } from '../../scans/state'
import { words as scanWords } from '../../scans/words'
import { Button } from '../../ui/button'
import type { Tile as Asset } from '../scroll/api'
import { texts } from '../texts'
import styles from './grid.module.css'
import { paint } from './thumbhash'
import { useThumbnail } from './use-thumbnail'

export interface TileProps {
  asset: Asset
  project: string
  x: number
  width: number
  height: number
  isSelected: boolean
  isActive: boolean
  /** Something is selected already: a click selects. */
  isSelecting: boolean
  onPick: (assetId: string, how: 'open' | 'toggle' | 'range' | 'active') => void
  /** Carry out what the tile offers. */
  onAct: (asset: Asset, action: TileAction) => void
  children?: ReactNode
}

export type TileAction = 'retrieve' | 'restore'

export const tileId = (assetId: string): string => `asset-${assetId}`

export const Tile = memo(function Tile(props: TileProps): ReactElement {
  const { asset, project, x, width, height, isSelected, isActive, isSelecting, onPick, onAct, children } = props
  const text = texts.use()
  const isReady = asset.status === undefined || asset.status === 'ready'
  const { image, url, isShown, problem } = useThumbnail(asset.asset_id, isReady)
  const name = asset.file_name ?? text.untitled
  const state = scannedOf(asset, scanWords.use()) ?? stateOf(asset, problem, text)

  const click = (event: MouseEvent) => {
    if (event.metaKey || event.ctrlKey) return // the browser opens a new tab
    if (event.shiftKey || isSelecting) {
      event.preventDefault()
      onPick(asset.asset_id, event.shiftKey ? 'range' : 'toggle')
    } else onPick(asset.asset_id, 'active')
  }

  return (
    // biome-ignore lint/a11y/useSemanticElements: a cell of a grid that is no table
    <div
      role="gridcell"
      tabIndex={-1}
      id={tileId(asset.asset_id)}
      aria-selected={isSelected}
      aria-label={[name, ...wordsOf(state, text), badgeOf(asset, text)].filter(Boolean).join(', ')}
      className={styles.tile}
      data-active={isActive || undefined}
      data-selected={isSelected || undefined}
      style={{ transform: `translateX(${x}px)`, width, height }}
    >
      <Link
        to="/p/$project/a/$asset"
        params={{ project, asset: asset.asset_id }}
        className={styles.picture ?? ''}
        tabIndex={-1}
        title={name}
        draggable={false}
        onClick={click}
      >
        {asset.thumbhash && !isShown ? <Placeholder hash={asset.thumbhash} /> : null}
        {url && isReady ? (
          <img ref={image} src={url} alt="" draggable={false} data-shown={isShown || undefined} />
        ) : null}
        {state && !isShown ? <State state={state} isSmall={height < 110 || width < 120} /> : null}
        {isReady && !state ? children : null}
        <Badge asset={asset} />
      </Link>
      {state?.action && !isShown && width >= 120 ? (
        <div className={styles.action}>
          <Button onPress={() => onAct(asset, state.action as TileAction)}>{text[state.action]}</Button>
        </div>
      ) : null}
      <button
        type="button"
        className={styles.check}
        tabIndex={-1}
        aria-label={text.select(name)}
        aria-pressed={isSelected}
        onClick={(event) => onPick(asset.asset_id, event.shiftKey ? 'range' : 'toggle')}
      >
        <Check aria-hidden />
      </button>
    </div>
  )
})

function Placeholder({ hash }: { hash: string }): ReactElement {
  const canvas = useRef<HTMLCanvasElement>(null)
  useLayoutEffect(() => {
    if (canvas.current) paint(canvas.current, hash)
  }, [hash])
  return <canvas className={styles.placeholder} aria-hidden ref={canvas} />
}

interface Shown {
  icon: LucideIcon
  text: string
  detail?: string | undefined
  kind?: 'danger' | 'warning'
  action?: TileAction
}

function stateOf(asset: Asset, problem: string | undefined, text: ReturnType<typeof texts.use>): Shown | undefined {
  const detail = asset.reason_detail ?? asset.reason
  const status = asset.status ?? 'ready'
  if (status === 'pending') return { icon: LoaderCircle, text: text.pending }
  if (status === 'failed') return { icon: CircleAlert, text: text.failed, detail, kind: 'danger' }
  if (status === 'quarantined') return { icon: ShieldAlert, text: text.quarantined, detail, kind: 'warning' }
  if (status === 'deleted') return { icon: Trash2, text: text.deleted, action: 'restore' }
  if (problem === 'InvalidObjectState') return { icon: Archive, text: text.archived, action: 'retrieve' }
  if (problem === 'RenditionNotReady') return { icon: Hourglass, text: text.rendering }
  if (problem) return { icon: ImageOff, text: text.noPreview }
  return undefined
}

/** State of an asset that a malware scan holds back or blocks. */
function scannedOf(asset: Asset, text: ReturnType<typeof scanWords.use>): Shown | undefined {
  const state = scanStateOf(asset)
  if (!state) return undefined
  if (state === 'scanning') return { icon: ScanLine, text: text.scanning }
  const kind = state === 'malware' ? 'danger' : 'warning'
  return { icon: ShieldAlert, text: text[state], detail: text.blockedHelp, kind }
}

function State({ state, isSmall }: { state: Shown; isSmall: boolean }): ReactElement {
  const { icon: Icon, text, detail, kind } = state
  return (
    <span className={styles.state} data-kind={kind}>
      <Icon aria-hidden />
      <b>{text}</b> {detail && !isSmall ? <small>{detail}</small> : null}
    </span>
  )
}

/** Return what a state says, for those to whom the tile is read out. */
function wordsOf(state: Shown | undefined, text: ReturnType<typeof texts.use>): (string | undefined)[] {
  return state ? [state.text, state.detail, state.action && text[state.action as TileAction]] : []
}

function badgeOf(asset: Asset, text: ReturnType<typeof texts.use>): string | undefined {
  if (asset.media_type === 'video')
    return [text.video, asset.duration_seconds && duration(asset.duration_seconds)].filter(Boolean).join(' ')
  return asset.page_count && asset.page_count > 1 ? text.pages(asset.page_count) : undefined
}

/** A word at the corner; the name of the tile has it as well. */
function Badge({ asset }: { asset: Asset }): ReactElement | null {
  const words = badgeOf(asset, texts.use())
  if (!words) return null
  const isVideo = asset.media_type === 'video'
  return (
    <span className={styles.badge} aria-hidden>
      {isVideo ? <Play aria-hidden /> : words}
      {isVideo && asset.duration_seconds ? duration(asset.duration_seconds) : null}
    </span>
  )
}

/** Return seconds as a player shows them: `1:05`. */
function duration(seconds: number): string {
  const whole = Math.round(seconds)
  const parts = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60]
  const [hours = 0, minutes = 0, rest = 0] = parts
  const two = (value: number) => String(value).padStart(2, '0')
  return hours > 0 ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`
}
