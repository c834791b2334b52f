import { useCallback, useEffect, useRef, useState } from 'react'
import { type GalleryOptions, galleryPages } from '../gallery.js'
import type { Filter, FoundAsset } from '../routes.js'
import { useFoveal } from './context.js'

export type UseGalleryOptions = Omit<GalleryOptions, 'project' | 'filter' | 'signer' | 'signal'>

export interface UseGallery {
  assets: FoundAsset[]
  isLoading: boolean
  /** Why the last page could not be had; `loadMore` or `reload` tries again. */
  error: unknown
  hasMore: boolean
  loadMore(): void
  /** Ask from the first page on; what is shown stays until it is there. */
  reload(): void
}

interface State {
  assets: FoundAsset[]
  isLoading: boolean
  error: unknown
  hasMore: boolean
}

const NOTHING: State = { assets: [], isLoading: true, error: undefined, hasMore: true }

/** Return what a filter finds, page by page, and have the URLs of a page signed in one call for `FovealImage`. */
export function useGallery(filter?: Filter, options: UseGalleryOptions = {}): UseGallery {
  const { client, project, signer } = useFoveal()
  const key = JSON.stringify([filter, options])
  const [round, setRound] = useState(0)
  const [state, setState] = useState<State>(NOTHING)
  const load = useRef<() => void>(() => {})

  // biome-ignore lint/correctness/useExhaustiveDependencies: `key` stands for filter and options, `round` for a reload
  useEffect(() => {
    const controller = new AbortController()
    const { signal } = controller
    let found: FoundAsset[] = []
    let nextToken: string | undefined
    let isBusy = false

    async function next(): Promise<void> {
      if (isBusy || (found.length > 0 && !nextToken)) return
      isBusy = true
      setState((before) => ({ ...before, isLoading: true, error: undefined }))
      const from = { ...(filter ? { filter } : {}), ...(nextToken ? { nextToken } : {}) }
      try {
        const { value: page } = await galleryPages(client, { ...options, ...from, project, signer, signal }).next()
        found = [...found, ...(page?.items ?? []).map((item) => item.asset)]
        nextToken = page?.nextToken
        if (!signal.aborted)
          setState({ assets: found, isLoading: false, error: undefined, hasMore: Boolean(nextToken) })
      } catch (error) {
        if (!signal.aborted) setState((before) => ({ ...before, isLoading: false, error }))
      }
      isBusy = false
    }

    load.current = () => void next()
    void next()
    return () => controller.abort()
  }, [client, project, signer, key, round])

  return {
    ...state,
    loadMore: useCallback(() => load.current(), []),
    reload: useCallback(() => setRound((before) => before + 1), []),
  }
}
