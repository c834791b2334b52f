/**
 * The video itself: the original, with exact pictures while it is paused, or all the time where the browser decodes
 * its frames but cannot play the file; else its poster.
 */
import type { Asset } from '@foveal/client'
import { FovealImage, useFoveal } from '@foveal/client/react'
import { type ReactElement, useEffect, useState } from 'react'
import type { Size } from '../../drawing'
import type { FrameTimes } from './frames'
import type { Playback } from './playback'
import styles from './player.module.css'
import { Still } from './still'

export interface PlayerProps {
  asset: Asset
  size: Size
  times: FrameTimes | undefined
  playback: Playback
  /** Called when this browser cannot play the file. */
  onUnplayable: () => void
  isUnplayable: boolean
}

export function Player({ asset, size, times, playback, isUnplayable, onUnplayable }: PlayerProps): ReactElement {
  const { signer } = useFoveal()
  const [url, setUrl] = useState<string>()
  useEffect(() => {
    // The player keeps its place in one URL: a new one is only taken when the page is opened again.
    let isCurrent = true
    signer.sign(asset.asset_id, 'original').then(
      (signed) => isCurrent && setUrl(signed.url),
      () => isCurrent && onUnplayable(),
    )
    return () => {
      isCurrent = false
    }
  }, [signer, asset.asset_id, onUnplayable])
  return (
    <div className={styles.player}>
      {!isUnplayable ? (
        <video ref={playback.video} src={url} muted playsInline preload="auto" onError={() => url && onUnplayable()} />
      ) : playback.isExact ? null : (
        <FovealImage asset={asset} variant="preview" alt="" loading="eager" />
      )}
      {url && times && !times.isApproximate ? (
        <Still
          {...{ url, times, size }}
          frame={playback.frame}
          isHidden={playback.isPlaying && !isUnplayable}
          onReady={playback.setExact}
        />
      ) : null}
    </div>
  )
}
