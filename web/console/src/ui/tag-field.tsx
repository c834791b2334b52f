/** Fields for tags and for attributes: what is added stands beside the field and can be taken out again. */
import { Plus, X } from 'lucide-react'
import { type KeyboardEvent, type ReactElement, useState } from 'react'
import { catalogue } from '../text/catalogue'
import { Button, IconButton } from './button'
import { TextField } from './field'
import styles from './tag-field.module.css'

const texts = catalogue(
  {
    add: 'Add',
    remove: (tag: string) => `Remove ${tag}`,
    name: 'Attribute',
    value: 'Value',
  },
  {
    add: 'Hinzufügen',
    remove: (tag: string) => `${tag} entfernen`,
    name: 'Attribut',
    value: 'Wert',
  },
)

const onEnter = (run: () => void) => (event: KeyboardEvent | { key: string; preventDefault(): void }) => {
  if (event.key !== 'Enter') return
  event.preventDefault()
  run()
}

export interface TagFieldProps {
  label: string
  help?: string
  value: readonly string[]
  onChange: (value: string[]) => void
}

export function TagField({ label, help, value, onChange }: TagFieldProps): ReactElement {
  const text = texts.use()
  const [typed, setTyped] = useState('')
  const add = () => {
    const tag = typed.trim()
    if (tag && !value.includes(tag)) onChange([...value, tag])
    setTyped('')
  }
  return (
    <div className={styles.field}>
      <div className={styles.line}>
        <TextField
          label={label}
          {...(help ? { help } : {})}
          value={typed}
          onChange={setTyped}
          onKeyDown={onEnter(add)}
        />
        <Button onPress={add} isDisabled={!typed.trim()}>
          <Plus aria-hidden />
          {text.add}
        </Button>
      </div>
      <Chips items={[...value]} remove={(tag) => onChange(value.filter((each) => each !== tag))} />
    </div>
  )
}

/** Values of attributes as the API takes them. */
export type AttributeValue = string | number | boolean

/** Return the value that a text stands for: a number, true, false, or the text itself (in quotes: always text). */
export function attributeValue(typed: string): AttributeValue {
  const trimmed = typed.trim()
  if (trimmed === 'true' || trimmed === 'false') return trimmed === 'true'
  if (trimmed !== '' && Number.isFinite(Number(trimmed))) return Number(trimmed)
  return trimmed.replace(/^"(.*)"$/s, '$1')
}

export interface AttributesFieldProps {
  help?: string
  value: Readonly<Record<string, AttributeValue>>
  onChange: (value: Record<string, AttributeValue>) => void
}

export function AttributesField({ help, value, onChange }: AttributesFieldProps): ReactElement {
  const text = texts.use()
  const [name, setName] = useState('')
  const [typed, setTyped] = useState('')
  const isWhole = name.trim() !== '' && typed.trim() !== ''
  const add = () => {
    if (!isWhole) return
    onChange({ ...value, [name.trim()]: attributeValue(typed) })
    setName('')
    setTyped('')
  }
  return (
    <div className={styles.field}>
      <div className={styles.line}>
        <TextField label={text.name} value={name} onChange={setName} {...(help ? { help } : {})} />
        <TextField label={text.value} value={typed} onChange={setTyped} onKeyDown={onEnter(add)} />
        <Button onPress={add} isDisabled={!isWhole}>
          <Plus aria-hidden />
          {text.add}
        </Button>
      </div>
      <Chips
        items={Object.entries(value).map(([each, content]) => `${each}: ${content}`)}
        remove={(_, index) => onChange(Object.fromEntries(Object.entries(value).filter((__, at) => at !== index)))}
      />
    </div>
  )
}

function Chips({ items, remove }: { items: string[]; remove: (item: string, index: number) => void }): ReactElement {
  const text = texts.use()
  return (
    <ul className={styles.chips}>
      {items.map((item, index) => (
        <li key={item}>
          <span>{item}</span>
          <IconButton label={text.remove(item)} onPress={() => remove(item, index)}>
            <X aria-hidden />
          </IconButton>
        </li>
      ))}
    </ul>
  )
}
