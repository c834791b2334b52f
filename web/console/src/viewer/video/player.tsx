/** The video itself: the original where the browser plays it, else its poster. */
import type { Asset } from '@foveal/client'
import { FovealImage, useFoveal } from '@foveal/client/react'
import { type ReactElement, useEffect, useState } from 'react'
import type { Playback } from './playback'

export interface PlayerProps {
  asset: Asset
  playback: Playback
  /** Called when this browser cannot play the file. */
  onUnplayable: () => void
  isUnplayable: boolean
}

export function Player({ asset, playback, isUnplayable, onUnplayable }: PlayerProps): ReactElement {
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
  if (isUnplayable) return <FovealImage asset={asset} variant="preview" alt="" loading="eager" />
  return <video ref={playback.video} src={url} muted playsInline preload="auto" onError={() => url && onUnplayable()} />
}
