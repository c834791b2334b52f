/** The picture of the map: land, graticule, areas and circles, moved by pointers and keys. */
import { useQuery } from '@tanstack/react-query'
import { type ReactElement, useEffect, useMemo, useRef, useState } from 'react'
import { useKeys } from '../../ui/keys'
import type { Box } from '../filter/area'
import type { Cluster } from './cells'
import { listen, type Surface } from './gestures'
import { LAND_UNTIL, landUrl, type Outline, ROUGH_FROM, readLand, UNITS } from './land'
import styles from './map.module.css'
import {
  extentOf,
  extentsOf,
  graticule,
  metresPerPixel,
  type Point,
  panned,
  project,
  roundDown,
  type Size,
  toScreen,
  type View,
  worldSize,
  zoomed,
} from './projection'
import { texts } from './texts'
import { degreesWords, lengthWords, shortCount } from './words'

export interface CanvasProps {
  view: View | undefined
  size: Size
  move: (view: View) => void
  measure: (size: Size) => void
  clusters: readonly Cluster[]
  /** Boxes of the filter. */
  area: readonly Box[] | undefined
  isBoxing: boolean
  boxed: Surface['boxed']
  /** Asset of the circle that is pointed at in the list. */
  pointed: string | undefined
  onPlace: (index: number) => void
  onAll: () => void
}

const STEP = 80

export function Canvas(props: CanvasProps): ReactElement {
  const { view, size, move, measure, clusters, area, isBoxing, boxed, pointed, onPlace, onAll } = props
  const text = texts.use()
  const [element, setElement] = useState<HTMLDivElement | null>(null)
  const [dragged, setDragged] = useState<readonly [Point, Point]>()
  const surface = useRef<Surface>(undefined)
  surface.current = view && {
    view,
    size,
    isBoxing,
    move(next) {
      if (surface.current) surface.current.view = next // several events may come before the next picture
      move(next)
    },
    box: setDragged,
    boxed,
    tap(target) {
      const place = target.closest('[data-place]')
      if (place) onPlace(Number(place.getAttribute('data-place')))
    },
  }
  useEffect(() => {
    if (!element) return
    const sized = new ResizeObserver(() => measure([element.clientWidth, element.clientHeight]))
    sized.observe(element)
    const end = listen(element, () => surface.current as Surface)
    return () => {
      sized.disconnect()
      end()
    }
  }, [element, measure])

  const go = (by: Point) => view && move(panned(view, size, by))
  const zoom = (steps: number) => view && move(zoomed(view, size, steps))
  useKeys(element, [
    { id: 'left', keys: ['ArrowLeft'], run: () => go([-STEP, 0]), repeats: true },
    { id: 'right', keys: ['ArrowRight'], run: () => go([STEP, 0]), repeats: true },
    { id: 'up', keys: ['ArrowUp'], run: () => go([0, -STEP]), repeats: true },
    { id: 'down', keys: ['ArrowDown'], run: () => go([0, STEP]), repeats: true },
    { id: 'in', keys: ['+', '='], run: () => zoom(1), repeats: true },
    { id: 'out', keys: ['-'], run: () => zoom(-1), repeats: true },
    { id: 'all', keys: ['0', 'Home'], run: onAll },
  ])
  return (
    <div
      ref={setElement}
      className={styles.canvas}
      data-boxing={isBoxing || undefined}
      data-bare={(view && view.zoom > LAND_UNTIL) || undefined}
      role="application"
      aria-label={text.map}
      aria-description={text.help}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: arrow keys move the map
      tabIndex={0}
    >
      {view && size[0] > 0 ? (
        <>
          <svg className={styles.picture} width={size[0]} height={size[1]} aria-hidden>
            <Land view={view} size={size} />
            <Graticule view={view} size={size} />
            {extentsOf(area ?? []).map((box) => (
              <Area key={box.join()} {...{ view, size, box }} />
            ))}
            <Circles {...{ view, size, clusters, pointed }} />
            {dragged ? <Dragged corners={dragged} /> : null}
          </svg>
          <Scale view={view} />
        </>
      ) : null}
    </div>
  )
}

function useLand({ zoom }: View) {
  const url = landUrl(zoom)
  return useQuery({
    queryKey: ['land', url],
    queryFn: ({ signal }) => readLand(url, signal),
    staleTime: Number.POSITIVE_INFINITY,
  })
}

/** Outlines in view, with room around so that they need not be put together again for every step. */
function Land({ view, size }: { view: View; size: Size }): ReactElement | null {
  const { data } = useLand(view)
  const last = useRef<Outline[]>(undefined)
  if (data) last.current = data // the coarse ones until the fine ones are there
  const outlines = data ?? last.current
  const [west, south, east, north] = extentOf(view, size)
  const [stepX, stepY] = [Math.max(1, east - west), Math.max(1, north - south)]
  const [column, row] = [Math.floor(view.longitude / stepX), Math.floor(view.latitude / stepY)]
  // biome-ignore lint/correctness/useExhaustiveDependencies: the steps change with the zoom, told by its whole number
  const path = useMemo(() => {
    const [left, right] = [(column - 1.5) * stepX, (column + 2.5) * stepX]
    const [bottom, top] = [(row - 1.5) * stepY, (row + 2.5) * stepY]
    const isNear = ({ box }: Outline) =>
      box[1] <= top &&
      box[3] >= bottom &&
      [-360, 0, 360].some((turn) => box[0] + turn <= right && box[2] + turn >= left)
    return (outlines ?? [])
      .filter(isNear)
      .map(({ path }) => path)
      .join('')
  }, [outlines, column, row, Math.round(view.zoom * 2)])
  if (view.zoom > LAND_UNTIL) return null
  const scale = worldSize(view.zoom) / UNITS
  const [x, y] = project(view.longitude, view.latitude)
  const turns = [-1, 0, 1].filter((turn) => Math.abs(turn + 0.5 - x) < 0.6 + size[0] / 2 / worldSize(view.zoom))
  return (
    <g className={styles.land} data-rough={view.zoom >= ROUGH_FROM || undefined}>
      {turns.map((turn) => (
        <path
          key={turn}
          d={path}
          transform={`translate(${size[0] / 2 + (turn - x) * worldSize(view.zoom)} ${size[1] / 2 - y * worldSize(view.zoom)}) scale(${scale})`}
        />
      ))}
    </g>
  )
}

function Graticule({ view, size }: { view: View; size: Size }): ReactElement {
  const { meridians, parallels, digits } = graticule(view, size)
  const across = (longitude: number) => size[0] / 2 + ((longitude - view.longitude) / 360) * worldSize(view.zoom)
  return (
    <g className={styles.graticule}>
      {meridians.map((longitude) => {
        const x = Math.round(across(longitude)) + 0.5
        return (
          <g key={longitude}>
            <path d={`M${x} 0V${size[1]}`} />
            {x > 70 && x < size[0] - 70 ? (
              <text x={x + 4} y={size[1] - 6}>
                {degreesWords(longitude, 'longitude', digits)}
              </text>
            ) : null}
          </g>
        )
      })}
      {parallels.map((latitude) => {
        const y = Math.round(toScreen(view, size, view.longitude, latitude)[1]) + 0.5
        return (
          <g key={latitude}>
            <path d={`M0 ${y}H${size[0]}`} />
            {y > 20 && y < size[1] - 60 ? (
              <text x={6} y={y - 4}>
                {degreesWords(latitude, 'latitude', digits)}
              </text>
            ) : null}
          </g>
        )
      })}
    </g>
  )
}

function Area({ view, size, box }: { view: View; size: Size; box: Box }): ReactElement {
  const [west, south, east, north] = box
  const [x, y] = toScreen(view, size, (west + east) / 2, north)
  const width = ((east - west) / 360) * worldSize(view.zoom)
  const height = toScreen(view, size, west, south)[1] - y
  return (
    <rect className={styles.area} x={x - width / 2} y={y} width={Math.max(2, width)} height={Math.max(2, height)} />
  )
}

function Circles(props: {
  view: View
  size: Size
  clusters: readonly Cluster[]
  pointed: string | undefined
}): ReactElement {
  const { view, size, clusters, pointed } = props
  return (
    <g>
      {clusters.map(({ count, longitude, latitude, radius, asset }, index) => {
        const [x, y] = toScreen(view, size, longitude, latitude)
        if (x < -radius || y < -radius || x > size[0] + radius || y > size[1] + radius) return null
        return (
          <g
            key={asset}
            className={styles.place}
            data-place={index}
            data-pointed={asset === pointed || undefined}
            transform={`translate(${x} ${y})`}
          >
            <circle r={radius} />
            <text dy="0.35em">{shortCount(count)}</text>
          </g>
        )
      })}
    </g>
  )
}

function Dragged({ corners: [one, other] }: { corners: readonly [Point, Point] }): ReactElement {
  const [x, y] = [Math.min(one[0], other[0]), Math.min(one[1], other[1])]
  const [width, height] = [Math.abs(one[0] - other[0]), Math.abs(one[1] - other[1])]
  return <rect className={styles.dragged} {...{ x, y, width, height }} />
}

/** A length of at most 110 pixels, and how far outlines are to be trusted. */
function Scale({ view }: { view: View }): ReactElement {
  const text = texts.use()
  const { isError } = useLand(view)
  const metres = roundDown(110 * metresPerPixel(view))
  return (
    <div className={styles.foot}>
      {isError || view.zoom >= ROUGH_FROM ? (
        <p>{isError ? text.noOutlines : view.zoom > LAND_UNTIL ? text.noLand : text.rough}</p>
      ) : null}
      <div className={styles.scale}>
        <span>{lengthWords(metres)}</span>
        <span className={styles.bar} style={{ width: metres / metresPerPixel(view) }} />
        {view.zoom > LAND_UNTIL ? null : <small>{text.source}</small>}
      </div>
    </div>
  )
}
