/** The thumbnail of a tile: its URL, and whether the picture is decoded and can be shown without a flash. */
import { ApiError } from '@foveal/client'
import { useFoveal } from '@foveal/client/react'
import { type RefObject, useEffect, useRef, useState } from 'react'
import { pictureIsShown } from '../../ui/after-pictures'

/** Tiles that are scrolled past within this time ask for nothing. */
const SETTLE_MS = 60
/** Waits before a picture that did not arrive is asked for again; after the last attempt it counts as broken. */
const RETRY_MS = [0, 3_000, 15_000]

export interface Thumbnail {
  image: RefObject<HTMLImageElement | null>
  url: string | undefined
  isShown: boolean
  /** Code of the problem that stands in the place of a URL. */
  problem: string | undefined
}

/** A URL, and the attempts to load it that have failed. */
interface Picture {
  url: string
  failures: number
}

export function useThumbnail(assetId: string, isReady: boolean): Thumbnail {
  const { signer } = useFoveal()
  const image = useRef<HTMLImageElement>(null)
  const [picture, setPicture] = useState<Picture | undefined>(() => {
    const kept = isReady ? signer.peek(assetId, 'thumbnail') : undefined
    return kept && { url: kept.url, failures: 0 }
  })
  const [shown, setShown] = useState<string>()
  const [refusal, setRefusal] = useState<string>()
  const isMissing = picture !== undefined && picture.failures > 1 && shown === undefined
  const problem = refusal ?? (isMissing ? 'Unrenderable' : undefined)

  useEffect(() => {
    if (!isReady) return
    let stop = () => {}
    const timer = setTimeout(
      () => {
        stop = signer.watch(assetId, 'thumbnail', ({ signed, error }) => {
          if (signed) {
            setPicture((before) => before ?? { url: signed.url, failures: 0 }) // one that is there keeps its URL
            setRefusal(undefined)
          } else setRefusal(error instanceof ApiError ? error.code : 'network')
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
    if (!picture || !element) return
    const { url, failures } = picture
    let isCurrent = true
    let timer: ReturnType<typeof setTimeout> | undefined
    if (element.getAttribute('src') !== url) element.src = url // the picture was asked for when the tile was made

    /** Ask for the URL again: it may have expired while the page was hidden, or the connection was lost. */
    function renew(): void {
      signer.renew(assetId, 'thumbnail', url).then(
        (signed) => isCurrent && setPicture({ url: signed.url, failures: failures + 1 }),
        () => isCurrent && setPicture(undefined), // the watch is told why, and gives a URL when there is one again
      )
    }

    element.decode().then(
      () => {
        if (!isCurrent) return
        setShown(url)
        pictureIsShown()
      },
      () => {
        if (isCurrent && failures < RETRY_MS.length) timer = setTimeout(renew, RETRY_MS[failures])
      },
    )
    return () => {
      isCurrent = false
      clearTimeout(timer)
      element.removeAttribute('src') // what is still on its way is of no use any more
    }
  }, [picture, signer, assetId])

  return { image, url: picture?.url, isShown: shown !== undefined && shown === picture?.url, problem }
}
