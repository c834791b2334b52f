/** The map of a gallery: where its assets were taken, as far as they tell, for the filters that hold. */
import { BoxSelect, Images, MapPinOff, Maximize, Minus, Plus, ScanSearch, SearchX } from 'lucide-react'
import { type ReactElement, useCallback, useEffect, useMemo, useState } from 'react'
import { useApp } from '../../app/context'
import { useProject } from '../../app/project'
import { pictureIsShown } from '../../ui/after-pictures'
import { Button, IconButton } from '../../ui/button'
import { EmptyState, ErrorState, Loading } from '../../ui/notice'
import type { GalleryState } from '../address'
import { areaOf, type Box, withArea } from '../filter/area'
import { EMPTY, withField } from '../filter/model'
import gallery from '../gallery.module.css'
import type { Change } from '../screen'
import { Canvas } from './canvas'
import { type Cluster, clustersOf, extentOfBoxes, inView, rounded } from './cells'
import styles from './map.module.css'
import { Places } from './places'
import { boxesOf, extentOf, fitted, MAX_ZOOM, type Point, toPosition, type View, zoomed } from './projection'
import { texts } from './texts'
import { useCells, useEverywhere } from './use-places'
import { useView } from './use-view'

export interface MapProps {
  state: GalleryState
  change: Change
  /** Show one asset. */
  onOpen: (asset: string) => void
}

export default function MapScreen(props: MapProps): ReactElement {
  const { state, change } = props
  const { client } = useApp()
  const { project } = useProject()
  const text = texts.use()
  const everywhere = useEverywhere(client, project, state)
  useEffect(pictureIsShown, [])
  if (everywhere.error)
    return (
      <div className={gallery.instead}>
        <ErrorState error={everywhere.error} retry={() => void everywhere.refetch()} />
      </div>
    )
  if (!everywhere.data) return <Loading />
  const { all, placed, extent } = everywhere.data
  if (all === 0)
    return (
      <div className={gallery.instead}>
        <EmptyState
          icon={SearchX}
          title={text.noMatch}
          action={
            <Button onPress={() => change({ filter: EMPTY, view: undefined } as never)}>{text.toPictures}</Button>
          }
        >
          {text.noMatchHelp}
        </EmptyState>
      </div>
    )
  if (placed === 0 || !extent)
    return (
      <div className={gallery.instead}>
        <EmptyState
          icon={MapPinOff}
          title={text.noPosition}
          action={
            <Button onPress={() => change({ map: undefined } as never)}>
              <Images aria-hidden />
              {text.toPictures}
            </Button>
          }
        >
          {text.noPositionHelp}
        </EmptyState>
      </div>
    )
  return <PlacesMap {...props} {...{ all, placed, extent }} />
}

interface PlacesMapProps extends MapProps {
  all: number
  placed: number
  extent: Box
}

function PlacesMap(props: PlacesMapProps): ReactElement {
  const { state, change, onOpen, all, placed, extent } = props
  const { client } = useApp()
  const { project } = useProject()
  const text = texts.use()
  const { view, rested, size, move, measure } = useView(state, change, extent)
  const [isBoxing, setBoxing] = useState(false)
  const [pointed, setPointed] = useState<string>()
  const cells = useCells(client, project, state, rested, size)
  const zoom = rested?.zoom ?? 0
  const middle = rested?.longitude ?? 0
  const clusters = useMemo(() => clustersOf(cells.data ?? [], zoom, middle), [cells.data, zoom, middle])
  const listed = useMemo(() => (rested ? inView(clusters, rested, size) : []), [clusters, rested, size])
  const area = state.filter.more.map(areaOf).find((each) => each)

  const find = useCallback(
    (boxes: readonly Box[], parts: Partial<GalleryState> = {}) =>
      change({ filter: withArea(state.filter, rounded(boxes)), ...parts }),
    [change, state.filter],
  )
  const show = useCallback(
    (cluster: Cluster) => {
      if (cluster.count > 1) return find(cluster.boxes, { map: undefined } as never)
      onOpen(cluster.asset)
    },
    [find, onOpen],
  )
  /** Zoom in until the assets of a place come apart; those that lie at one spot, or are one, are shown. */
  const enter = useCallback(
    (cluster: Cluster) => {
      if (!view || isApart(cluster, view)) return show(cluster)
      const whole = extentOfBoxes(cluster.boxes) as Box
      const next = fitted(whole, size, Math.min(MAX_ZOOM, view.zoom + 5))
      move(next.zoom > view.zoom + 0.5 ? next : zoomed(next, size, view.zoom + 1 - next.zoom))
    },
    [view, size, move, show],
  )
  const boxed = ([one, other]: readonly [Point, Point]) => {
    setBoxing(false)
    if (!view) return
    const corner = (at: Point) => toPosition(view, size, at)
    const [west, north] = corner([Math.min(one[0], other[0]), Math.min(one[1], other[1])])
    const [east, south] = corner([Math.max(one[0], other[0]), Math.max(one[1], other[1])])
    find(boxesOf([west, south, Math.min(east, west + 360), north]))
  }
  const byIndex = (index: number) => clusters[index]

  return (
    <div className={styles.screen}>
      <div className={styles.map}>
        <Canvas
          {...{ view, size, move, measure, clusters, area, isBoxing, boxed, pointed }}
          onPlace={(index) => {
            const cluster = byIndex(index)
            if (cluster) enter(cluster)
          }}
          onAll={() => move(fitted(extent, size))}
        />
        <div className={styles.top}>
          <Button onPress={() => view && find(boxesOf(extentOf(view, size)))}>
            <ScanSearch aria-hidden />
            {text.searchHere}
          </Button>
        </div>
        <div className={styles.controls}>
          <IconButton kind="plain" label={text.zoomIn} keys="+" onPress={() => view && move(zoomed(view, size, 1))}>
            <Plus aria-hidden />
          </IconButton>
          <IconButton kind="plain" label={text.zoomOut} keys="−" onPress={() => view && move(zoomed(view, size, -1))}>
            <Minus aria-hidden />
          </IconButton>
          <IconButton kind="plain" label={text.showAll} keys="0" onPress={() => move(fitted(extent, size))}>
            <Maximize aria-hidden />
          </IconButton>
          <IconButton kind="plain" label={text.drawBox} aria-pressed={isBoxing} onPress={() => setBoxing(!isBoxing)}>
            <BoxSelect aria-hidden />
          </IconButton>
        </div>
        {isBoxing ? <p className={styles.hint}>{text.drawBoxHelp}</p> : null}
        {cells.error ? (
          <div className={styles.failed}>
            <ErrorState error={cells.error} retry={() => void cells.refetch()} />
          </div>
        ) : null}
      </div>
      <Places
        {...{ all, placed }}
        clusters={listed}
        view={rested}
        isCounting={cells.isFetching}
        isApart={(cluster) => !view || isApart(cluster, view)}
        onPoint={setPointed}
        onEnter={enter}
        onShow={show}
        onUnplaced={() =>
          change({
            filter: withField(withArea(state.filter, []), 'location', { exists: false }),
            map: undefined,
          } as never)
        }
      />
    </div>
  )
}

/** Tell whether zooming in would take the assets of a cluster no further apart. */
function isApart({ count, boxes }: Cluster, view: View): boolean {
  if (count === 1 || view.zoom >= MAX_ZOOM) return true
  const [west, south, east, north] = extentOfBoxes(boxes) as Box
  return Math.max(east - west, north - south) < 2e-5
}
