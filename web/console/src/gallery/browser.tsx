/** The gallery around its grid: what is there, how it is ordered, what is selected. */
import { useNavigate } from '@tanstack/react-router'
import { type ReactElement, useCallback, useEffect, useRef, useState } from 'react'
import { useApp } from '../app/context'
import { ErrorState, sentenceOf } from '../ui/notice'
import { toast } from '../ui/toasts'
import type { GalleryState } from './address'
import styles from './gallery.module.css'
import { Grid } from './grid/grid'
import { between } from './grid/moves'
import { Scrubber } from './grid/scrubber'
import type { TileAction } from './grid/tile'
import { useKeys } from './grid/use-keys'
import { useScroll } from './grid/use-scroll'
import { Nothing } from './nothing'
import type { Change } from './screen'
import type { Tile } from './scroll/api'
import type { Collection } from './scroll/collection'
import { add, isSelected, NOTHING, sizeOf, toggle, useSelection } from './selection/selection'
import { texts } from './texts'
import { Toolbar } from './toolbar'
import { useFresh } from './use-fresh'
import { useSize } from './use-size'

/** Most assets that a range by Shift takes in; all that match are selected in another way. */
const MAX_RANGE = 5_000

/** The asset that was active last, by address, so that it is again when the viewer closes. */
const lastActive = new Map<string, string>()

export interface BrowserProps {
  state: GalleryState
  change: Change
  collection: Collection<Tile>
  project: string
  address: string
  reload: () => void
}

export function Browser(props: BrowserProps): ReactElement {
  const { state, change, collection, project, address, reload } = props
  const { client } = useApp()
  const text = texts.use()
  const navigate = useNavigate()
  const [size, setSize] = useSize()
  const [selection, setSelection] = useSelection(address)
  const [active, setActiveState] = useState(() => lastActive.get(address))
  const anchor = useRef<string>(undefined)
  const scroll = useScroll(collection, size)
  const total = collection.total ?? 0
  const chosen = sizeOf(selection, total)
  const fresh = useFresh(client, project, state, collection)

  const setActive = useCallback(
    (id: string | undefined) => {
      setActiveState(id)
      if (id) lastActive.set(address, id)
    },
    [address],
  )

  const open = useCallback(
    (asset: string) => void navigate({ to: '/p/$project/a/$asset', params: { project, asset } }),
    [navigate, project],
  )

  const range = useCallback(
    async (to: string) => {
      const from = anchor.current ?? active ?? to
      const ids = await between(collection, from, to, MAX_RANGE)
      setSelection((now) => add(now, ids))
    },
    [collection, active, setSelection],
  )

  const pick = useCallback(
    (id: string, how: 'open' | 'toggle' | 'range' | 'active') => {
      if (how === 'range') void range(id)
      if (how === 'toggle') {
        anchor.current = id
        setSelection((now) => toggle(now, id))
      }
      setActive(id)
    },
    [range, setActive, setSelection],
  )

  const onKeyDown = useKeys(collection, scroll, {
    active,
    setActive,
    onOpen: open,
    onToggle: (id) => pick(id, 'toggle'),
    onRange: (id) => {
      anchor.current ??= active
      void range(id)
    },
    onAll: () => setSelection({ kind: 'all', except: new Set() }),
    onClear: () => {
      anchor.current = undefined
      setSelection(NOTHING)
    },
  })

  const act = useCallback(
    async (asset: Tile, action: TileAction) => {
      try {
        await (action === 'retrieve'
          ? client.request('POST /v1/assets/{asset_id}/retrieve', {
              path: { asset_id: asset.asset_id },
              body: {} as never,
            })
          : client.request('POST /v1/assets/{asset_id}/restore', { path: { asset_id: asset.asset_id } }))
        toast({ text: action === 'retrieve' ? text.retrieving : text.restored })
      } catch (error) {
        toast({ kind: 'danger', text: sentenceOf(error) })
      }
    },
    [client, text],
  )

  // Coming back from the viewer, keys go on where they were.
  // biome-ignore lint/correctness/useExhaustiveDependencies: once for each address
  useEffect(() => {
    if (lastActive.has(address)) scroll.box.current?.focus({ preventScroll: true })
  }, [address])

  const isEmpty = collection.total === 0
  const hasScrubber = collection.order.hasHistogram && collection.height > 3 * scroll.view
  return (
    <div className={styles.gallery}>
      <title>{`${text.title} · ${project} · Foveal`}</title>
      <Toolbar {...{ state, change, size, setSize }} total={collection.total} fresh={fresh} reload={reload} />
      <div className={styles.body}>
        {collection.error ? (
          <div className={styles.instead}>
            <ErrorState error={collection.error} retry={() => collection.retry()} />
          </div>
        ) : isEmpty ? (
          <Nothing {...{ state, change, project }} />
        ) : (
          <Grid
            {...{ collection, project, scroll, active, onKeyDown, hasScrubber }}
            isSelected={(id) => isSelected(selection, id)}
            isSelecting={chosen > 0}
            onPick={pick}
            onAct={act}
          >
            {hasScrubber ? (
              <Scrubber collection={collection} scroll={scroll} isTime={!state.sort.endsWith('size_bytes')} />
            ) : null}
          </Grid>
        )}
      </div>
    </div>
  )
}
