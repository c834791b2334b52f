/** The picture of an asset: its preview at once, then the original where the browser shows it as the server would. */

import type { Asset } from '@foveal/client'
import { FovealImage, useFoveal } from '@foveal/client/react'
import { type ReactElement, useEffect, useState } from 'react'
import { PREVIEW_WIDTH, showsOriginal } from './picture-source'

export interface PictureProps {
  asset: Asset
  /** Called when no picture can be had. */
  onProblem: () => void
}

export function Picture({ asset, onProblem }: PictureProps): ReactElement {
  const original = useOriginal(asset)
  if (original) return <img src={original} alt="" draggable={false} />
  return <FovealImage asset={asset} variant="preview" alt="" draggable={false} loading="eager" onError={onProblem} />
}

/** Return the URL of the original once it is decoded, undefined where the preview has to do. */
function useOriginal(asset: Asset): string | undefined {
  const { signer } = useFoveal()
  const [url, setUrl] = useState<{ assetId: string; url: string }>()
  const { asset_id: assetId, width } = asset
  const isWanted = showsOriginal(asset) && (width ?? 0) > PREVIEW_WIDTH
  useEffect(() => {
    if (!isWanted) return
    let isCurrent = true
    const load = async (): Promise<void> => {
      const signed = await signer.sign(assetId, 'original')
      const picture = new Image()
      picture.src = signed.url
      await picture.decode()
      if (isCurrent) setUrl({ assetId, url: signed.url })
    }
    load().catch(() => {}) // the preview stays: it is the same picture with fewer pixels
    return () => {
      isCurrent = false
    }
  }, [signer, assetId, isWanted])
  return url?.assetId === assetId ? url.url : undefined
}
