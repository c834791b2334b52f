/** A number with arrows, committed when the field is left or Enter is pressed; by arrows at once. */
import { type ReactElement, useId, useState } from 'react'
import field from '../../ui/field.module.css'

export interface NumberFieldProps {
  label: string
  value: number
  min?: number
  max: number
  onChange: (value: number) => void
}

export function NumberField({ label, value, min = 0, max, onChange }: NumberFieldProps): ReactElement {
  const id = useId()
  const [written, setWritten] = useState<string>()
  const commit = (text: string | undefined): void => {
    setWritten(undefined)
    const next = Math.min(Math.max(min, max), Math.max(min, Number(text)))
    if (text !== undefined && text.trim() !== '' && Number.isFinite(next) && next !== value) onChange(next)
  }
  return (
    <div className={field.field}>
      <label htmlFor={id} className={field.label}>
        {label}
      </label>
      <input
        id={id}
        type="number"
        step="any"
        className={field.input}
        value={written ?? String(value)}
        onChange={(event) => setWritten(event.target.value)}
        onBlur={() => commit(written)}
        onKeyDown={(event) => {
          if (event.key === 'Enter') commit(written)
          if (event.key !== 'ArrowUp' && event.key !== 'ArrowDown') return
          event.preventDefault()
          const step = (event.shiftKey ? 10 : 1) * (event.key === 'ArrowUp' ? 1 : -1)
          commit(String(Number(written ?? value) + step))
        }}
      />
    </div>
  )
}
