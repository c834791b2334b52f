/** The queue of uploads of the project, as components see it. */
import type { UploadItem, Uploads } from '@foveal/client'
import { useFoveal } from '@foveal/client/react'
import { useCallback, useEffect, useState, useSyncExternalStore } from 'react'

const NOTHING: readonly UploadItem[] = []

export interface Queue {
  items: readonly UploadItem[]
  /** The queue itself; it takes up what a reload interrupted as soon as it is asked for. */
  uploads: () => Uploads
}

export function useQueue(): Queue {
  const session = useFoveal()
  const [uploads, setUploads] = useState<Uploads>()
  useEffect(() => setUploads(session.uploads()), [session])
  const subscribe = useCallback((listener: () => void) => uploads?.subscribe(listener) ?? (() => {}), [uploads])
  const items = useSyncExternalStore(subscribe, () => uploads?.items() ?? NOTHING)
  return { items, uploads: () => session.uploads() }
}
