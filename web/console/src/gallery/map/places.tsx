/** The places of the map as a list, for keys and screen readers: how many assets lie where. */
import { useFoveal } from '@foveal/client/react'
import { Images } from 'lucide-react'
import { type ReactElement, useEffect, useState } from 'react'
import { IconButton } from '../../ui/button'
import type { Cluster } from './cells'
import styles from './map.module.css'
import type { View } from './projection'
import { texts } from './texts'
import { digitsFor, positionWords } from './words'

/** Places that are listed; the others come when one zooms in. */
const LISTED = 60

export interface PlacesProps {
  clusters: readonly Cluster[]
  all: number
  placed: number
  view: View | undefined
  isCounting: boolean
  /** Tell whether zooming in would not take a place apart. */
  isApart: (cluster: Cluster) => boolean
  onPoint: (asset: string | undefined) => void
  onEnter: (cluster: Cluster) => void
  onShow: (cluster: Cluster) => void
  onUnplaced: () => void
}

export function Places(props: PlacesProps): ReactElement {
  const { clusters, all, placed, view, isCounting, isApart, onPoint, onEnter, onShow, onUnplaced } = props
  const text = texts.use()
  const count = clusters.reduce((sum, each) => sum + each.count, 0)
  // A tenth of what is a finger's breadth on the map.
  const digits = Math.max(1, digitsFor((360 / 256 / 2 ** (view?.zoom ?? 0)) * 64))
  return (
    <aside className={styles.places} aria-label={text.places}>
      <header>
        <p role="status" data-counting={isCounting || undefined}>
          {clusters.length === 0 && !isCounting ? text.nothingInView : text.inView(count, clusters.length)}
        </p>
        <p className={styles.totals}>
          {text.placed(placed, all)}
          {placed < all ? (
            <button type="button" onClick={onUnplaced}>
              {text.unplaced(all - placed)}
            </button>
          ) : null}
        </p>
      </header>
      <ol>
        {clusters.slice(0, LISTED).map((cluster) => {
          const where = positionWords(cluster.longitude, cluster.latitude, digits)
          const isOne = isApart(cluster)
          return (
            <li
              key={cluster.asset}
              onPointerEnter={() => onPoint(cluster.asset)}
              onPointerLeave={() => onPoint(undefined)}
              onFocus={() => onPoint(cluster.asset)}
              onBlur={() => onPoint(undefined)}
            >
              <button type="button" className={styles.row} onClick={() => onEnter(cluster)}>
                <Picture asset={cluster.asset} />
                <span>
                  <b>{text.count(cluster.count)}</b> <small>{text.where(where)}</small>
                </span>
              </button>
              {isOne ? null : (
                <IconButton label={text.show(cluster.count)} onPress={() => onShow(cluster)}>
                  <Images aria-hidden />
                </IconButton>
              )}
            </li>
          )
        })}
      </ol>
      {clusters.length > LISTED ? <p className={styles.totals}>{text.more(clusters.length - LISTED)}</p> : null}
    </aside>
  )
}

function Picture({ asset }: { asset: string }): ReactElement {
  const { signer } = useFoveal()
  const [url, setUrl] = useState(() => signer.peek(asset, 'thumbnail')?.url)
  useEffect(
    () => signer.watch(asset, 'thumbnail', ({ signed }) => setUrl((before) => before ?? signed?.url)),
    [signer, asset],
  )
  return <span className={styles.thumbnail}>{url ? <img src={url} alt="" draggable={false} /> : null}</span>
}
