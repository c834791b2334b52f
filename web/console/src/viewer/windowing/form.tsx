/** Form of the window of a grey DICOM picture: presets, its numbers, adjustment by drags, and the way back. */
import { Contrast, RotateCcw } from 'lucide-react'
import { type ReactElement, useId } from 'react'
import { ToggleButton } from 'react-aria-components'
import { Button, IconButton } from '../../ui/button'
import button from '../../ui/button.module.css'
import { Select } from '../../ui/field'
import { NumberField } from '../panels/number-field'
import { texts } from './texts'
import type { Windowing } from './use-windowing'
import { type Choice, presetOf, presetsOf, windowOf } from './window'
import styles from './windowing.module.css'

export function WindowForm({ windowing }: { windowing: Windowing }): ReactElement {
  const text = texts.use()
  const helpId = useId()
  const { chosen, numbers, choose, isAdjusting, error } = windowing
  const name = presetOf(chosen) ?? 'own'
  const names: (Choice | 'own')[] = [...presetsOf(windowing.isCt), ...(name === 'own' ? ([name] as const) : [])]
  return (
    <section className={styles.form} aria-label={text.window}>
      <div className={styles.row}>
        <Select
          label={text.window}
          options={names.map((id) => ({ id, text: text[id] }))}
          value={name}
          onChange={(id) => id !== 'own' && choose(windowOf(id))}
        />
        <ToggleButton
          aria-label={`${text.adjust} (w)`}
          aria-describedby={helpId}
          isSelected={isAdjusting}
          onChange={windowing.setAdjusting}
          className={`${button.button} ${button.quiet} ${button.icon}`}
        >
          <Contrast aria-hidden />
        </ToggleButton>
        <IconButton label={text.reset} keys="d" isDisabled={chosen === undefined} onPress={() => choose(undefined)}>
          <RotateCcw aria-hidden />
        </IconButton>
      </div>
      {numbers ? (
        <div className={styles.row}>
          <NumberField
            label={text.center}
            value={numbers.center}
            min={-1e9}
            max={1e9}
            onChange={(center) => choose({ ...numbers, center })}
          />
          <NumberField
            label={text.width}
            value={numbers.width}
            min={1}
            max={1e9}
            onChange={(width) => choose({ ...numbers, width })}
          />
        </div>
      ) : null}
      <p id={helpId} className={isAdjusting ? styles.help : 'visually-hidden'}>
        {text.adjustHelp}
      </p>
      {error ? (
        <p role="alert" className={styles.error}>
          {text.noValues} <Button onPress={windowing.retry}>{text.retry}</Button>
        </p>
      ) : null}
    </section>
  )
}
