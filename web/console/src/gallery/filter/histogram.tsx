/** Histogram in which a range is chosen: by dragging over the bars, or with two sliders by keys. */
import { type PointerEvent, type ReactElement, useRef, useState } from 'react'
import { Slider, SliderThumb, SliderTrack } from 'react-aria-components'
import { useFormats } from '../../text/catalogue'
import type { Bars } from './facets'
import styles from './filter.module.css'
import { nameOf, texts } from './texts'
import { numberWords, rangeWords } from './words'

const HEIGHT = 56
const WIDTH = 240

export interface HistogramProps {
  field: string
  bars: Bars
  range: { gte?: number; lte?: number } | undefined
  onChange: (range: { low?: number; high?: number; isLast: boolean } | undefined) => void
}

export function Histogram({ field, bars, range, onChange }: HistogramProps): ReactElement {
  const text = texts.use()
  const format = useFormats()
  const { boundaries, counts } = bars
  const last = counts.length
  const chosen: [number, number] = [
    range?.gte === undefined ? 0 : nearest(boundaries, range.gte),
    range?.lte === undefined ? last : nearest(boundaries, range.lte),
  ]
  const [dragged, setDragged] = useState<[number, number]>()
  const start = useRef<number>(undefined)
  const [from, to] = dragged ?? chosen
  const most = Math.max(1, ...counts)

  const commit = ([low, high]: [number, number]) => {
    setDragged(undefined)
    if (low === 0 && high === last) return onChange(undefined)
    onChange({
      ...(low > 0 ? { low: boundaries[low] as number } : {}),
      ...(high < last ? { high: boundaries[high] as number } : {}),
      isLast: high === last,
    })
  }

  const brush = (event: PointerEvent<SVGSVGElement>) => {
    const place = event.currentTarget.getBoundingClientRect()
    const at = Math.min(last - 1, Math.max(0, Math.floor(((event.clientX - place.left) / place.width) * last)))
    if (event.type === 'pointerdown') {
      event.currentTarget.setPointerCapture(event.pointerId)
      start.current = at
    }
    if (start.current === undefined) return
    const next: [number, number] = [Math.min(start.current, at), Math.max(start.current, at) + 1]
    if (event.type !== 'pointerup') return setDragged(next)
    start.current = undefined
    commit(next)
  }

  const words = (index: number) => numberWords(field, boundaries[index] as number, format)
  return (
    <div className={styles.histogram}>
      <svg
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={text.histogram(nameOf(field))}
        onPointerDown={brush}
        onPointerMove={brush}
        onPointerUp={brush}
      >
        {counts.map((count, index) => {
          const height = count === 0 ? 0 : Math.max(2, (count / most) * (HEIGHT - 2))
          const width = WIDTH / last
          return (
            <rect
              key={boundaries[index]}
              x={index * width + 0.5}
              y={HEIGHT - height}
              width={Math.max(1, width - 1)}
              height={height}
              data-in={(index >= from && index < to) || undefined}
            >
              <title>{`${words(index)} – ${words(index + 1)}: ${format.number(count)}`}</title>
            </rect>
          )
        })}
      </svg>
      <Slider
        aria-label={nameOf(field)}
        className={styles.sliders ?? ''}
        minValue={0}
        maxValue={last}
        value={[from, to]}
        onChange={(next) => setDragged(next as [number, number])}
        onChangeEnd={(next) => commit(next as [number, number])}
      >
        <SliderTrack className={styles.sliderTrack ?? ''}>
          {[0, 1].map((index) => (
            <SliderThumb
              key={index}
              index={index}
              className={styles.sliderThumb ?? ''}
              aria-label={index === 0 ? text.from : text.to}
              aria-valuetext={words(index === 0 ? from : to)}
            />
          ))}
        </SliderTrack>
      </Slider>
      <p className={styles.rangeWords}>{rangeWords(field, boundaries[from], boundaries[to], format)}</p>
    </div>
  )
}

function nearest(boundaries: readonly number[], value: number): number {
  let best = 0
  boundaries.forEach((each, index) => {
    if (Math.abs(each - value) < Math.abs((boundaries[best] ?? 0) - value)) best = index
  })
  return best
}
