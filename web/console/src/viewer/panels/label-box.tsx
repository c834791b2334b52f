/** Choice of a label: those of the schema with their digits, or any other word. */
import { ChevronDown } from 'lucide-react'
import { type ReactElement, useState } from 'react'
import { Button, ComboBox, Input, Label, ListBox, ListBoxItem } from 'react-aria-components'
import field from '../../ui/field.module.css'
import { Popover } from '../../ui/overlay'
import overlay from '../../ui/overlay.module.css'
import { texts } from '../texts'
import styles from './panels.module.css'

export interface LabelBoxProps {
  label: string
  labels: readonly string[]
  value: string | undefined
  onChange: (label: string) => void
}

export function LabelBox({ label, labels, value, onChange }: LabelBoxProps): ReactElement {
  const text = texts.use()
  const [written, setWritten] = useState<string>()
  const commit = (name: string): void => {
    setWritten(undefined)
    if (name.trim() && name.trim() !== value) onChange(name.trim())
  }
  return (
    <ComboBox
      className={field.field ?? ''}
      allowsCustomValue
      inputValue={written ?? value ?? ''}
      onInputChange={setWritten}
      onSelectionChange={(key) => key !== null && commit(String(key))}
      onBlur={() => written !== undefined && commit(written)}
      menuTrigger="focus"
      defaultItems={labels.map((name, at) => ({ id: name, at }))}
    >
      <Label className={field.label ?? ''}>{label}</Label>
      <div className={styles.combo}>
        <Input className={field.input ?? ''} placeholder={text.searchLabels} />
        <Button className={styles.comboButton ?? ''}>
          <ChevronDown aria-hidden />
        </Button>
      </div>
      <Popover>
        <ListBox<{ id: string; at: number }> className={overlay.menu ?? ''}>
          {({ id, at }) => (
            <ListBoxItem id={id} textValue={id} className={overlay.item ?? ''}>
              <span className={styles.name}>{id}</span>
              {at < 9 ? <kbd>{at + 1}</kbd> : null}
            </ListBoxItem>
          )}
        </ListBox>
      </Popover>
    </ComboBox>
  )
}
