/** Choice of the annotations that are drawn: layers, least confidence, colours. */
import type { ReactElement } from 'react'
import { type Annotation, COLOUR_MODES, type ColourMode, colourOf, hexadecimal } from '../../drawing'
import { useFormats } from '../../text/catalogue'
import { Checkbox, Select, Slider } from '../../ui/field'
import type { ViewerState } from '../address'
import { texts } from '../texts'
import styles from './panels.module.css'
import { Swatch } from './swatch'

export interface ShownProps {
  annotations: readonly Annotation[]
  state: ViewerState
  hiddenByConfidence: number
  change: (changes: Partial<ViewerState>) => void
}

const NO_COLOURS = new Map<string, string>()

export function ShownPanel({ annotations, state, hiddenByConfidence, change }: ShownProps): ReactElement | null {
  const text = texts.use()
  const format = useFormats()
  const counts = new Map<string, number>()
  for (const each of annotations) counts.set(each.field, (counts.get(each.field) ?? 0) + 1)
  const hasConfidence = annotations.some((each) => typeof each.confidence === 'number')
  const names = {
    label: text.byLabel,
    layer: text.byLayer,
    track: text.byTrack,
    confidence: text.byConfidence,
    review: text.byReview,
  }
  const toggle = (layer: string, isShown: boolean): void => {
    const others = state.hiddenLayers.filter((each) => each !== layer)
    change({ hiddenLayers: isShown ? others : [...others, layer] })
  }
  if (counts.size === 0) return null
  return (
    <section className={styles.shown}>
      <ul className={styles.layers} aria-label={text.layers}>
        {[...counts].sort().map(([layer, count]) => (
          <li key={layer}>
            <Checkbox
              aria-label={text.showLayer(layer)}
              isSelected={!state.hiddenLayers.includes(layer)}
              onChange={(isShown) => toggle(layer, isShown)}
            >
              {state.mode === 'layer' ? <Swatch colour={hexadecimal(colourOf(layer, NO_COLOURS))} /> : null}
              <span className={styles.name}>{layer}</span>
            </Checkbox>
            <span className={styles.count}>{format.number(count)}</span>
          </li>
        ))}
      </ul>
      {hasConfidence ? (
        <div>
          <Slider
            label={text.confidence}
            value={state.minConfidence}
            onChange={(minConfidence) => change({ minConfidence })}
            step={0.01}
            format={{ style: 'percent' }}
          />
          <p className={styles.muted} aria-live="polite">
            {hiddenByConfidence ? text.hidden(hiddenByConfidence) : '\u00a0'}
          </p>
        </div>
      ) : null}
      <Select<ColourMode>
        label={text.colourBy}
        options={COLOUR_MODES.map((id) => ({ id, text: names[id] }))}
        value={state.mode}
        onChange={(mode) => change({ mode })}
      />
    </section>
  )
}
