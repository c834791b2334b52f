/** The thumbnail of a tile: its URL, and whether the picture is decoded and can be shown without a flash. */
import { ApiError } from '@foveal/client'
import { useFoveal } from '@foveal/client/react'
import { type RefObject, useEffect, useRef, useState } from 'react'
import { pictureIsShown } from '../../ui/after-pictures'

/** Tiles that are scrolled past within this time ask for nothing. */
const SETTLE_MS = 60

export interface Thumbnail {
  image: RefObject<HTMLImageElement | null>
  url: string | undefined
  isShown: boolean
  /** Code of the problem that stands in the place of a URL. */
  problem: string | undefined
}

export function useThumbnail(assetId: string, isReady: boolean): Thumbnail {
  const { signer } = useFoveal()
  const image = useRef<HTMLImageElement>(null)
  const [url, setUrl] = useState(() => (isReady ? signer.peek(assetId, 'thumbnail')?.url : undefined))
  const [shown, setShown] = useState<string>()
  const [problem, setProblem] = useState<string>()

  useEffect(() => {
    if (!isReady) return
    let stop = () => {}
    const timer = setTimeout(
      () => {
        stop = signer.watch(assetId, 'thumbnail', ({ signed, error }) => {
          if (signed) {
            setUrl((before) => before ?? signed.url) // a picture that is there keeps its URL
            setProblem(undefined)
          } else setProblem(error instanceof ApiError ? error.code : 'network')
        })
      },
      signer.peek(assetId, 'thumbnail') ? 0 : SETTLE_MS,
    )
    return () => {
      clearTimeout(timer)
      stop()
    }
  }, [signer, assetId, isReady])

  useEffect(() => {
    if (problem) pictureIsShown()
  }, [problem])

  useEffect(() => {
    const element = image.current
    if (!url || !element) return
    let isCurrent = true
    if (element.getAttribute('src') !== url) element.src = url // the picture was asked for when the tile was made
    element.decode().then(
      () => {
        if (!isCurrent) return
        setShown(url)
        pictureIsShown()
      },
      () => {
        // The URL may have expired while the page was hidden: it is renewed once.
        if (!isCurrent) return
        signer.renew(assetId, 'thumbnail', url).then(
          (signed) => isCurrent && (signed.url === url ? setProblem('Unrenderable') : setUrl(signed.url)),
          (error: unknown) => isCurrent && setProblem(error instanceof ApiError ? error.code : 'network'),
        )
      },
    )
    return () => {
      isCurrent = false
      element.removeAttribute('src') // what is still on its way is of no use any more
    }
  }, [url, signer, assetId])

  return { image, url, isShown: shown !== undefined && shown === url, problem }
}
