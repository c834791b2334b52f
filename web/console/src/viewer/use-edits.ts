/** The edits of the open asset for components, kept in this browser until the server has them. */
import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useMemo, useRef, useState, useSyncExternalStore } from 'react'
import { useApp } from '../app/context'
import { sentenceOf } from '../ui/notice'
import { toast } from '../ui/toasts'
import { noteOwnEdit } from './data'
import { type EditState, Edits } from './edits/edits'
import { annotationsOf, type Known, type OwnEdit } from './edits/known'
import { apiSender } from './edits/sender'
import { indexedDbEdits, memoryEdits } from './edits/store'
import { texts } from './texts'

const store = typeof indexedDB === 'undefined' ? memoryEdits() : indexedDbEdits()

export function useEdits(project: string, assetId: string, known: Known | undefined): [Edits, EditState] {
  const { client, account } = useApp()
  const queries = useQueryClient()
  const [tab, setTab] = useState<string>()
  const edits = useMemo(() => {
    const key = [account.subject, project, assetId, ...(tab ? [tab] : [])].join(' ')
    const onRefusal = (error: Error): void => toast({ text: texts.now().refused(sentenceOf(error)), kind: 'danger' })
    const onDone = (edit: OwnEdit): void => noteOwnEdit(queries, assetId, edit)
    return new Edits({ sender: apiSender(client, project, assetId), store, key, onRefusal, onDone })
  }, [client, queries, account.subject, project, assetId, tab])
  const opened = useRef<Edits>(undefined)

  // biome-ignore lint/correctness/useExhaustiveDependencies: own edits are known to `edits` without being received
  useEffect(() => {
    if (!known) return
    edits.receive(annotationsOf(known))
    if (opened.current === edits) return
    opened.current = edits
    void edits.open()
  }, [edits, known?.loaded])
  useEffect(() => {
    edits.resume()
    const online = (): void => edits.retry()
    const leaving = (event: BeforeUnloadEvent): void => {
      if (edits.state().pending && !navigator.onLine) event.preventDefault()
    }
    window.addEventListener('online', online)
    window.addEventListener('beforeunload', leaving)
    return () => {
      window.removeEventListener('online', online)
      window.removeEventListener('beforeunload', leaving)
      edits.close()
    }
  }, [edits])
  useEffect(() => alone(`foveal-edits ${project} ${assetId}`, () => setTab(tabId())), [project, assetId])
  return [edits, useSyncExternalStore(edits.subscribe, edits.state)]
}

/** Hold a lock while the asset is open; where another tab has it, this one keeps edits under a name of its own. */
function alone(name: string, onTaken: () => void): () => void {
  if (!('locks' in navigator)) return () => {}
  let release = (): void => {}
  let isOver = false
  void navigator.locks.request(name, { ifAvailable: true }, (lock) => {
    if (isOver) return undefined
    if (!lock) onTaken()
    return lock ? new Promise<void>((resolve) => (release = resolve)) : undefined
  })
  return () => {
    isOver = true
    release()
  }
}

function tabId(): string {
  const known = sessionStorage.getItem('foveal.tab') ?? crypto.randomUUID()
  sessionStorage.setItem('foveal.tab', known)
  return known
}
