import { useCallback, useEffect, useRef, useState, useSyncExternalStore } from 'react'
import type { UploadSource } from '../uploads/source.js'
import type { AddOptions, UploadItem, Uploads } from '../uploads/types.js'
import { useFoveal } from './context.js'

export interface UseUploadOptions {
  /** Called once for each upload of this page whose asset is ready. */
  onReady?: (item: UploadItem) => void
}

export interface UseUpload {
  items: readonly UploadItem[]
  /** Bytes of all uploads that are not ready, have not failed and are not paused: sent, and in all. */
  progress: { sentBytes: number; sizeBytes: number }
  /** Takes a `FileList` as it is; null, which an input has without files, is nothing. */
  add(files: Iterable<UploadSource> | null, options?: AddOptions): Promise<UploadItem[]>
  pause(key?: string): void
  resume(key?: string): void
  cancel(key: string): Promise<void>
}

const NOTHING: readonly UploadItem[] = []

/** Return the queue of the provider, which lives as long as the provider does. */
export function useUpload({ onReady }: UseUploadOptions = {}): UseUpload {
  const session = useFoveal()
  const [uploads, setUploads] = useState<Uploads>()
  useEffect(() => setUploads(session.uploads()), [session])
  const subscribe = useCallback((listener: () => void) => uploads?.subscribe(listener) ?? (() => {}), [uploads])
  const items = useSyncExternalStore(
    subscribe,
    () => uploads?.items() ?? NOTHING,
    () => NOTHING,
  )
  const told = useRef(new Set<string>())
  useEffect(() => {
    for (const item of items) {
      if (item.status !== 'ready' || told.current.has(item.key)) continue
      told.current.add(item.key)
      onReady?.(item)
    }
  }, [items, onReady])
  const running = items.filter((item) => ['queued', 'hashing', 'sending', 'processing'].includes(item.status))
  return {
    items,
    progress: {
      sentBytes: running.reduce((sum, item) => sum + item.sentBytes, 0),
      sizeBytes: running.reduce((sum, item) => sum + item.sizeBytes, 0),
    },
    add: (files, options) => session.uploads().add(files ?? [], options),
    pause: (key) => session.uploads().pause(key),
    resume: (key) => session.uploads().resume(key),
    cancel: (key) => session.uploads().cancel(key),
  }
}
