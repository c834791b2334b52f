/** The grid of assets: rows of the visible part, moved through and chosen from by pointer and by keys. */
import type { ReactElement, ReactNode } from 'react'
import { Button } from '../../ui/button'
import { sentenceOf } from '../../ui/notice'
import type { Tile as Asset } from '../scroll/api'
import type { Collection } from '../scroll/collection'
import type { Section } from '../scroll/sections'
import { texts } from '../texts'
import styles from './grid.module.css'
import { Tile, type TileAction, tileId } from './tile'
import type { Scroll } from './use-scroll'

export interface GridProps {
  collection: Collection<Asset>
  project: string
  scroll: Scroll
  active: string | undefined
  isSelected: (assetId: string) => boolean
  isSelecting: boolean
  onPick: (assetId: string, how: 'open' | 'toggle' | 'range' | 'active') => void
  onAct: (asset: Asset, action: TileAction) => void
  onKeyDown: (event: React.KeyboardEvent) => void
  hasScrubber: boolean
  /** Drawn over the picture of a ready asset. */
  overlay?: ((asset: Asset, width: number, height: number) => ReactNode) | undefined
  children?: ReactNode
}

export function Grid(props: GridProps): ReactElement {
  const { collection, scroll, active, isSelecting, onKeyDown, hasScrubber, children } = props
  const text = texts.use()
  const shown = collection.between(scroll.from, scroll.to)
  const isActiveShown = shown.some(({ section }) => section.items.some(({ asset_id }) => asset_id === active))
  return (
    <div className={styles.frame}>
      {/* biome-ignore lint/a11y/useSemanticElements: rows lie where the scroll map says, which no table does */}
      <div
        ref={scroll.box}
        role="grid"
        aria-label={text.grid}
        aria-description={text.gridHelp}
        aria-rowcount={-1}
        aria-multiselectable
        tabIndex={0}
        className={`${styles.scroller} ${hasScrubber ? styles.hasScrubber : ''} ${isSelecting ? styles.selecting : ''}`}
        aria-activedescendant={active && isActiveShown ? tileId(active) : undefined}
        onKeyDown={onKeyDown}
      >
        <div ref={scroll.sizer} className={styles.sizer}>
          <div ref={scroll.layer} className={styles.layer}>
            {shown.map(({ index, section }) => (
              <SectionRows key={keyOf(section, index)} {...props} section={section} />
            ))}
          </div>
        </div>
      </div>
      {children}
    </div>
  )
}

/** Height of the words of a section that could not be read. */
const MESSAGE = 160

/** Return places from 0 on, at least one. */
const repeated = (height: number, step: number): number[] =>
  Array.from({ length: Math.max(1, Math.ceil(height / step)) }, (_, number) => number * step)

const keyOf = ({ range, link }: Section<Asset>, index: number): string =>
  `${range.isMissing ? 'missing' : (range.lt ?? range.lte ?? `first-${index}`)} ${link}`

function SectionRows(props: GridProps & { section: Section<Asset> }): ReactElement {
  const { section, scroll, collection, project, active, isSelected, isSelecting, onPick, onAct, overlay } = props
  const text = texts.use()
  const { from, to, base } = scroll
  const rows = section.rows.filter(({ y, height }) => section.top + y < to && section.top + y + height > from)
  const last = section.rows.at(-1)
  const { gap, rowHeight } = collection.grid
  const end = last ? last.y + last.height + gap : 0
  const rest = section.height - end
  const restTop = Math.max(section.top + end, from)
  const restHeight = Math.min(section.top + section.height, to) - restTop
  return (
    <>
      {rows.map((row) => (
        // biome-ignore lint/a11y/useSemanticElements: as of the grid
        <div
          key={row.y}
          role="row"
          tabIndex={-1}
          className={styles.row}
          style={{ top: section.top + row.y - base + 12, height: row.height }}
        >
          {row.boxes.map(({ index, x, width }) => {
            const asset = section.items[index]
            return asset ? (
              <Tile
                key={asset.asset_id}
                {...{ asset, project, x, width, isSelecting, onPick, onAct }}
                height={row.height}
                isSelected={isSelected(asset.asset_id)}
                isActive={asset.asset_id === active}
              >
                {overlay?.(asset, width, row.height)}
              </Tile>
            ) : null
          })}
        </div>
      ))}
      {section.state === 'failed' ? (
        // As often as the section is high, so that one is in sight wherever the view is.
        repeated(restHeight, Math.max(MESSAGE, scroll.view / 2)).map((y, number) => (
          <div
            key={y}
            className={styles.broken}
            {...(number === 0 ? { role: 'alert' } : { 'aria-hidden': true })}
            style={{ top: restTop + y - base + 12, height: Math.min(MESSAGE, restHeight - y) }}
          >
            <p>{text.sectionFailed}</p>
            <p>{sentenceOf(section.error)}</p>
            <Button onPress={() => collection.retry()}>{text.retry}</Button>
          </div>
        ))
      ) : section.state !== 'loaded' && rest > 0 && restHeight > 0 ? (
        <div
          className={styles.waiting}
          aria-hidden
          style={
            {
              top: restTop - base + 12,
              height: restHeight - gap,
              backgroundPositionY: -((restTop - section.top - end) % (rowHeight + gap)),
              '--row': `${rowHeight}px`,
              '--gap': `${gap}px`,
            } as React.CSSProperties
          }
        />
      ) : null}
    </>
  )
}
