/** Overlays of the page: menus, popovers and dialogs. */
import type { ReactElement, ReactNode } from 'react'
import {
  Dialog as AriaDialog,
  Menu as AriaMenu,
  MenuItem as AriaMenuItem,
  MenuSection as AriaMenuSection,
  Popover as AriaPopover,
  Header,
  Heading,
  type MenuItemProps,
  type MenuProps,
  MenuTrigger,
  Modal,
  ModalOverlay,
  type PopoverProps,
} from 'react-aria-components'
import styles from './overlay.module.css'

export { DialogTrigger } from 'react-aria-components'

export function Popover({ children, ...others }: Omit<PopoverProps, 'className'>): ReactElement {
  return (
    <AriaPopover offset={6} {...others} className={styles.popover ?? ''}>
      {children}
    </AriaPopover>
  )
}

/** A menu and the button, first child, that opens it. */
export function Menu<T extends object>({
  trigger,
  children,
  ...others
}: Omit<MenuProps<T>, 'className' | 'children'> & { trigger: ReactElement; children: ReactNode }): ReactElement {
  return (
    <MenuTrigger>
      {trigger}
      <Popover>
        <AriaMenu {...others} className={styles.menu ?? ''}>
          {children}
        </AriaMenu>
      </Popover>
    </MenuTrigger>
  )
}

export function MenuItem({ children, ...others }: Omit<MenuItemProps, 'className'>): ReactElement {
  return (
    <AriaMenuItem {...others} className={styles.item ?? ''}>
      {children}
    </AriaMenuItem>
  )
}

export function MenuSection({
  title,
  children,
  ...others
}: {
  title: string
  children: ReactNode
  selectionMode?: 'single'
  selectedKeys?: string[]
  onSelectionChange?: (key: string) => void
}): ReactElement {
  const { onSelectionChange, ...rest } = others
  return (
    <AriaMenuSection
      {...rest}
      className={styles.section ?? ''}
      {...(onSelectionChange
        ? { onSelectionChange: (keys) => onSelectionChange(String(keys === 'all' ? '' : [...keys][0])) }
        : {})}
    >
      <Header>{title}</Header>
      {children}
    </AriaMenuSection>
  )
}

export interface DialogProps {
  title: string
  isOpen?: boolean
  onOpenChange?: (isOpen: boolean) => void
  isWide?: boolean
  /** Content; a function gets the call that closes the dialog. Put buttons into a `<footer>`. */
  children: ReactNode | ((close: () => void) => ReactNode)
}

/** A dialog in the middle of the page. Escape and a click beside it close it. */
export function Dialog({ title, isWide, children, ...others }: DialogProps): ReactElement {
  return (
    <ModalOverlay {...others} isDismissable className={styles.scrim ?? ''}>
      <Modal className={`${styles.modal} ${isWide ? styles.wide : ''}`}>
        <AriaDialog className={styles.dialog ?? ''}>
          {({ close }) => (
            <>
              <Heading slot="title" level={2}>
                {title}
              </Heading>
              {typeof children === 'function' ? children(close) : children}
            </>
          )}
        </AriaDialog>
      </Modal>
    </ModalOverlay>
  )
}

/** The form of a dialog: fields below one another, then buttons in a `<footer>`; Enter submits it. */
export function DialogForm({ onSubmit, children }: { onSubmit: () => void; children: ReactNode }): ReactElement {
  return (
    <form
      className={styles.form}
      onSubmit={(event) => {
        event.preventDefault()
        onSubmit()
      }}
    >
      {children}
    </form>
  )
}
