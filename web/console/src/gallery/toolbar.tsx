/** Bar above the gallery: how many assets there are, their order, and the size of the pictures. */
import { ArrowDownUp, Map as MapIcon, RefreshCw, ZoomIn, ZoomOut } from 'lucide-react'
import type { ReactElement, ReactNode } from 'react'
import { Button, IconButton } from '../ui/button'
import { Menu, MenuItem, MenuSection } from '../ui/overlay'
import type { GalleryState } from './address'
import styles from './gallery.module.css'
import type { Size } from './grid/use-scroll'
import type { Change } from './screen'
import { texts } from './texts'

const SIZES: readonly Size[] = ['small', 'medium', 'large']

const ORDERS = [
  ['-created_at', 'newest'],
  ['created_at', 'oldest'],
  ['-captured_at', 'capturedNewest'],
  ['captured_at', 'capturedOldest'],
  ['-updated_at', 'changed'],
  ['-size_bytes', 'largest'],
  ['size_bytes', 'smallest'],
  ['file_name', 'byName'],
] as const

export interface ToolbarProps {
  state: GalleryState
  change: Change
  size: Size
  setSize: (size: Size) => void
  total: number | undefined
  fresh: number
  reload: () => void
  children?: ReactNode
}

export function Toolbar(props: ToolbarProps): ReactElement {
  const { state, change, size, setSize, total, fresh, reload, children } = props
  const text = texts.use()
  const place = SIZES.indexOf(size)
  const order = ORDERS.find(([id]) => id === state.sort)?.[1] ?? 'newest'
  return (
    <header className={styles.toolbar}>
      <div className={styles.heading}>
        <h1>{text.title}</h1>
        <span className={styles.total} role="status">
          {total === undefined ? '' : text.count(total)}
        </span>
        {fresh > 0 ? (
          <span className={styles.fresh}>
            <Button kind="primary" onPress={reload}>
              <RefreshCw aria-hidden />
              {text.arrived(fresh)}
            </Button>
          </span>
        ) : null}
      </div>
      {children}
      <div className={styles.tools}>
        {state.similar || state.duplicates ? null : (
          <Button
            aria-label={text.map}
            aria-pressed={Boolean(state.map)}
            onPress={() => change({ map: state.map ? undefined : 'all' } as never)}
          >
            <MapIcon aria-hidden />
            <span className={styles.word}>{text.map}</span>
          </Button>
        )}
        {state.map ? null : (
          <>
            <div className={styles.sizes}>
              <IconButton
                label={text.smaller}
                isDisabled={place === 0}
                onPress={() => setSize(SIZES[place - 1] ?? 'small')}
              >
                <ZoomOut aria-hidden />
              </IconButton>
              <IconButton
                label={text.larger}
                isDisabled={place === 2}
                onPress={() => setSize(SIZES[place + 1] ?? 'large')}
              >
                <ZoomIn aria-hidden />
              </IconButton>
            </div>
            <Menu
              aria-label={text.sort}
              trigger={
                <Button aria-label={`${text.sort}: ${text[order]}`}>
                  <ArrowDownUp aria-hidden />
                  <span className={styles.word}>{text[order]}</span>
                </Button>
              }
            >
              <MenuSection
                title={text.sort}
                selectionMode="single"
                selectedKeys={[state.sort]}
                onSelectionChange={(sort) => change({ sort })}
              >
                {ORDERS.map(([id, word]) => (
                  <MenuItem key={id} id={id}>
                    {text[word]}
                  </MenuItem>
                ))}
              </MenuSection>
            </Menu>
          </>
        )}
      </div>
    </header>
  )
}
