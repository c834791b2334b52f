/** Buttons: with words, or with an icon whose words are read out and shown as a tooltip. */
import type { ReactElement, ReactNode } from 'react'
import { Button as AriaButton, type ButtonProps as AriaProps, Tooltip, TooltipTrigger } from 'react-aria-components'
import styles from './button.module.css'
import tooltip from './tooltip.module.css'

export interface ButtonProps extends Omit<AriaProps, 'className' | 'children'> {
  /** `primary` for the one thing to do on a page, `quiet` in bars, `danger` for what cannot be taken back. */
  kind?: 'plain' | 'primary' | 'quiet' | 'danger'
  children: ReactNode
}

/** Return the class of a link that looks like a button. */
export function buttonClass(kind: NonNullable<ButtonProps['kind']> = 'plain'): string {
  return `${styles.button} ${styles[kind] ?? ''}`
}

export function Button({ kind = 'plain', children, ...others }: ButtonProps): ReactElement {
  return (
    <AriaButton {...others} className={buttonClass(kind)}>
      {children}
    </AriaButton>
  )
}

export interface IconButtonProps extends Omit<ButtonProps, 'aria-label'> {
  /** Words for those who do not see the icon, and the tooltip. */
  label: string
  /** Keys that do the same, shown in the tooltip. */
  keys?: string
}

export function IconButton({ kind = 'quiet', label, keys, children, ...others }: IconButtonProps): ReactElement {
  return (
    <TooltipTrigger delay={500}>
      <AriaButton {...others} aria-label={label} className={`${styles.button} ${styles.icon} ${styles[kind] ?? ''}`}>
        {children}
      </AriaButton>
      <Tooltip className={tooltip.tooltip ?? ''} offset={6}>
        {label}
        {keys ? <kbd className={tooltip.keys}>{keys}</kbd> : null}
      </Tooltip>
    </TooltipTrigger>
  )
}
