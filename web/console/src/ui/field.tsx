/** Fields of forms: text, choice, check, slider; and progress. Each has its words, its help and the server's error. */
import { Check, ChevronDown, Minus } from 'lucide-react'
import type { ReactElement, ReactNode, Ref } from 'react'
import {
  Checkbox as AriaCheckbox,
  Select as AriaSelect,
  Slider as AriaSlider,
  TextField as AriaTextField,
  type TextFieldProps as AriaTextFieldProps,
  Button,
  type CheckboxProps,
  FieldError,
  Input,
  Label,
  ListBox,
  ListBoxItem,
  ProgressBar,
  SelectValue,
  SliderOutput,
  SliderThumb,
  SliderTrack,
  Text,
  TextArea,
} from 'react-aria-components'
import styles from './field.module.css'
import { Popover } from './overlay'
import overlay from './overlay.module.css'

export interface TextFieldProps extends Omit<AriaTextFieldProps, 'className' | 'children'> {
  label: string
  /** Leave the label out for the eye; it is still read out. */
  isLabelHidden?: boolean
  help?: string
  error?: string | undefined
  placeholder?: string
  /** Lines of a longer text. */
  rows?: number
  inputRef?: Ref<HTMLInputElement>
}

export function TextField(props: TextFieldProps): ReactElement {
  const { label, isLabelHidden, help, error, placeholder = '', rows, inputRef, ...others } = props
  return (
    <AriaTextField
      {...others}
      className={styles.field ?? ''}
      isInvalid={error !== undefined}
      {...(isLabelHidden ? { 'aria-label': label } : {})}
    >
      {isLabelHidden ? null : <Label className={styles.label ?? ''}>{label}</Label>}
      {rows ? (
        <TextArea className={styles.input ?? ''} rows={rows} placeholder={placeholder} />
      ) : (
        <Input className={styles.input ?? ''} placeholder={placeholder} {...(inputRef ? { ref: inputRef } : {})} />
      )}
      {help ? (
        <Text slot="description" className={styles.help ?? ''}>
          {help}
        </Text>
      ) : null}
      <FieldError className={styles.error ?? ''}>{error}</FieldError>
    </AriaTextField>
  )
}

export interface SelectProps<K extends string> {
  label: string
  isLabelHidden?: boolean
  /** Choices in order, with their words. */
  options: readonly { id: K; text: string }[]
  value: K | null
  onChange: (value: K) => void
  placeholder?: string
  isDisabled?: boolean
}

export function Select<K extends string>(props: SelectProps<K>): ReactElement {
  const { label, isLabelHidden, options, value, onChange, placeholder, isDisabled } = props
  return (
    <AriaSelect
      className={styles.field ?? ''}
      value={value}
      onChange={(key) => key !== null && onChange(key as K)}
      {...(isLabelHidden ? { 'aria-label': label } : {})}
      {...(placeholder ? { placeholder } : {})}
      isDisabled={isDisabled ?? false}
    >
      {isLabelHidden ? null : <Label className={styles.label ?? ''}>{label}</Label>}
      <Button className={styles.select ?? ''}>
        <SelectValue />
        <ChevronDown aria-hidden />
      </Button>
      <Popover>
        <ListBox className={overlay.menu ?? ''}>
          {options.map(({ id, text }) => (
            <ListBoxItem key={id} id={id} className={overlay.item ?? ''}>
              {text}
            </ListBoxItem>
          ))}
        </ListBox>
      </Popover>
    </AriaSelect>
  )
}

export function Checkbox({
  children,
  ...others
}: Omit<CheckboxProps, 'className' | 'children'> & { children?: ReactNode }): ReactElement {
  return (
    <AriaCheckbox {...others} className={styles.check ?? ''}>
      {({ isIndeterminate }) => (
        <>
          <span className={styles.box}>{isIndeterminate ? <Minus aria-hidden /> : <Check aria-hidden />}</span>
          {children}
        </>
      )}
    </AriaCheckbox>
  )
}

export interface SliderProps {
  label: string
  value: number
  onChange: (value: number) => void
  /** Called when the thumb is let go of, for work that is too slow for every step. */
  onChangeEnd?: (value: number) => void
  min?: number
  max?: number
  step?: number
  format?: Intl.NumberFormatOptions
}

export function Slider(props: SliderProps): ReactElement {
  const { label, value, onChange, onChangeEnd, min = 0, max = 1, step = 0.01, format } = props
  return (
    <AriaSlider
      className={styles.slider ?? ''}
      value={value}
      onChange={onChange}
      minValue={min}
      maxValue={max}
      step={step}
      {...(onChangeEnd ? { onChangeEnd } : {})}
      {...(format ? { formatOptions: format } : {})}
    >
      <Label className={styles.label ?? ''}>{label}</Label>
      <SliderOutput className={styles.value ?? ''} />
      <SliderTrack className={styles.track ?? ''}>
        <SliderThumb className={styles.thumb ?? ''} />
      </SliderTrack>
    </AriaSlider>
  )
}

/** Progress with its words; without a value the end is not known. */
export function Progress({ label, value, text }: { label: string; value?: number; text?: string }): ReactElement {
  return (
    <ProgressBar
      className={styles.progress ?? ''}
      minValue={0}
      maxValue={1}
      {...(value === undefined ? { isIndeterminate: true } : { value: Math.round(value * 1000) / 1000 })}
      {...(text ? { valueLabel: text } : {})}
    >
      {({ percentage, valueText }) => (
        <>
          <Label className={styles.label ?? ''}>{label}</Label>
          <span className={styles.value}>{valueText}</span>
          <div className={styles.bar}>
            <div className={styles.fill} style={{ width: `${percentage ?? 100}%` }} />
          </div>
        </>
      )}
    </ProgressBar>
  )
}
