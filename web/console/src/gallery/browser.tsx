/** The gallery around its grid: what is there, how it is ordered, what is selected. */
import { useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { lazy, type ReactElement, Suspense, useCallback, useEffect, useRef, useState } from 'react'
import { useApp } from '../app/context'
import { afterPictures } from '../ui/after-pictures'
import { loaded } from '../ui/loaded'
import { ErrorState, sentenceOf } from '../ui/notice'
import { toast } from '../ui/toasts'
import { rememberResult } from '../viewer/result'
import type { GalleryState } from './address'
import { writeAddress } from './address'
import { isEmpty as isWhole } from './filter/model'
import { SearchBox } from './filter/search-box'
import { FilterButton, Filters, useFilters } from './filters'
import styles from './gallery.module.css'
import { Grid } from './grid/grid'
import { between } from './grid/moves'
import type { TileAction } from './grid/tile'
import { useKeys } from './grid/use-keys'
import { useScroll } from './grid/use-scroll'
import { LabelControl } from './labels/control'
import { useLabels } from './labels/use-labels'
import type { Change } from './screen'
import type { Tile } from './scroll/api'
import type { Collection } from './scroll/collection'
import { add, isSelected, NOTHING, sizeOf, toggle, useSelection } from './selection/selection'
import { States } from './states'
import { texts } from './texts'
import { Toolbar } from './toolbar'
import { useFresh } from './use-fresh'
import { useSize } from './use-size'
import { ViewsButton } from './views/button'

const SelectionBar = lazy(() => loaded(() => import('./selection/bar')))
const Chips = lazy(() => loaded(() => import('./filter/chips')))
const MapScreen = lazy(() => loaded(() => import('./map/screen')))
const Nothing = lazy(() => loaded(() => import('./nothing')))
const Views = lazy(() => afterPictures(async () => ({ default: (await import('./views/views')).Views })))
const Scrubber = lazy(() => afterPictures(() => import('./grid/scrubber')))

/** Load the viewer's code ahead, so that an asset opens at once. */
const loadViewer = () => afterPictures(() => import('../viewer/screen')).catch(() => {}) // its route says so

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
  const queries = useQueryClient()
  const [size, setSize] = useSize()
  const [selection, setSelection] = useSelection(address)
  const [active, setActiveState] = useState(() => lastActive.get(address))
  const anchor = useRef<string>(undefined)
  const scroll = useScroll(collection, size, !state.map)
  const total = collection.total ?? 0
  const chosen = sizeOf(selection, total)
  const hasSelected = useRef(false)
  hasSelected.current ||= chosen > 0
  const fresh = useFresh(client, project, state, collection)

  const setActive = useCallback(
    (id: string | undefined) => {
      setActiveState(id)
      if (id) lastActive.set(address, id)
    },
    [address],
  )

  useEffect(() => void loadViewer(), [])

  const filters = useFilters()
  const overlay = useLabels(client, project, state.labels)

  /** The viewer goes on to the neighbours in the order of what is loaded here, and back to this address. */
  const remember = useCallback(() => {
    const ids = collection.sections.flatMap(({ items }) => items.map(({ asset_id }) => asset_id))
    rememberResult(project, { ids: ids.slice(0, MAX_RANGE), search: writeAddress(state) })
  }, [collection, project, state])

  const open = useCallback(
    (asset: string) => {
      remember()
      void navigate({ to: '/p/$project/a/$asset', params: { project, asset } })
    },
    [navigate, project, remember],
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
      if (how === 'active') remember() // the link opens it
      setActive(id)
    },
    [range, setActive, setSelection, remember],
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
      <Toolbar {...{ state, change, size, setSize }} total={collection.total} fresh={fresh} reload={reload}>
        <SearchBox {...{ project, state, change }} />
        <FilterButton filters={filters} />
        {state.map ? null : <LabelControl state={state} change={change} />}
        <Suspense fallback={<ViewsButton state={state} isDisabled />}>
          <Views state={state} change={change} />
        </Suspense>
      </Toolbar>
      {isWhole(state.filter) && !state.view && !state.similar && !state.duplicates ? null : (
        <Suspense fallback={<div className={styles.chipsRoom} />}>
          <Chips state={state} change={change} />
        </Suspense>
      )}
      <div className={styles.body}>
        <Filters
          {...{ filters, project, state, change }}
          total={collection.total}
          isGalleryKnown={collection.total !== undefined || collection.error !== undefined}
        />
        {state.map ? (
          <Suspense>
            <MapScreen {...{ state, change }} onOpen={open} />
          </Suspense>
        ) : collection.error ? (
          <div className={styles.instead}>
            <ErrorState error={collection.error} retry={() => collection.retry()} />
          </div>
        ) : isEmpty ? (
          <Suspense>
            <Nothing {...{ state, change, project }} />
          </Suspense>
        ) : (
          <Grid
            {...{ collection, project, scroll, active, onKeyDown, hasScrubber }}
            isSelected={(id) => isSelected(selection, id)}
            isSelecting={chosen > 0}
            onPick={pick}
            onAct={act}
            overlay={overlay}
          >
            {collection.order.hasHistogram ? (
              <div className={styles.strip}>
                {hasScrubber ? (
                  <Suspense>
                    <Scrubber collection={collection} scroll={scroll} isTime={!state.sort.endsWith('size_bytes')} />
                  </Suspense>
                ) : null}
              </div>
            ) : null}
          </Grid>
        )}
      </div>
      <States {...{ project, state, change }} />
      {hasSelected.current ? (
        <Suspense>
          <SelectionBar
            {...{ state, change, total, selection, setSelection }}
            onChanged={(action) => {
              void queries.invalidateQueries({ queryKey: ['counts', project] })
              void queries.invalidateQueries({ queryKey: ['known-words', project] })
              if (action === 'remove' || action === 'restore') {
                setSelection(NOTHING)
                reload()
              }
            }}
          />
        </Suspense>
      ) : null}
    </div>
  )
}
