/** A number with arrows: 1 a step, committed when the field is left or Enter is pressed. */
import type { ReactElement } from 'react'
import { NumberField as AriaNumberField, Input, Label } from 'react-aria-components'
import field from '../../ui/field.module.css'

export interface NumberFieldProps {
  label: string
  value: number
  min?: number
  max: number
  onChange: (value: number) => void
}

export function NumberField({ label, value, min = 0, max, onChange }: NumberFieldProps): ReactElement {
  return (
    <AriaNumberField
      className={field.field ?? ''}
      value={value}
      minValue={min}
      maxValue={Math.max(min, max)}
      onChange={(next) => Number.isFinite(next) && next !== value && onChange(next)}
      formatOptions={{ maximumFractionDigits: 2, useGrouping: false }}
    >
      <Label className={field.label ?? ''}>{label}</Label>
      <Input className={field.input ?? ''} />
    </AriaNumberField>
  )
}
