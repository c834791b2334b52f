/** Files may be dropped on every page of a project, from its first moment: a browser opens a file that no page takes. */
import { droppedFiles } from '@foveal/client'
import { useNavigate } from '@tanstack/react-router'
import { Upload } from 'lucide-react'
import { type ReactElement, useEffect, useRef, useState } from 'react'
import { loaded } from '../ui/loaded'
import { sentenceOf } from '../ui/notice'
import { toast } from '../ui/toasts'
import { useLoadRules } from '../upload/use-rules'
import styles from './drop-target.module.css'
import { useProject } from './project'
import { texts } from './texts'

const loadDraft = () => loaded(() => import('../upload/draft'))

const hasFiles = (event: DragEvent): boolean => event.dataTransfer?.types.includes('Files') ?? false

/** Take files that are dropped on the page, unless a field of the page has taken them. */
export function DropTarget(): ReactElement | null {
  const text = texts.use()
  const { project, canEdit } = useProject()
  const navigate = useNavigate()
  const loadRules = useLoadRules()
  const [isOver, setIsOver] = useState(false)
  const take = useRef<(transfer: DataTransfer) => void>(() => {})
  take.current = (transfer) => {
    const files = droppedFiles(transfer)
    void navigate({ to: '/p/$project/upload', params: { project } })
    Promise.all([files, loadRules(), loadDraft()])
      .then(([sources, rules, { choose }]) => choose(project, sources, rules))
      .catch((error: unknown) => toast({ kind: 'danger', text: sentenceOf(error) }))
  }

  useEffect(() => {
    if (!canEdit) return
    let depth = 0 // elements that the pointer is in: each child enters and leaves too
    const set = (next: number) => {
      depth = Math.max(0, next)
      setIsOver(depth > 0)
    }
    const onEnter = (event: DragEvent) => hasFiles(event) && set(depth + 1)
    const onLeave = (event: DragEvent) => hasFiles(event) && set(depth - 1)
    const onOver = (event: DragEvent) => hasFiles(event) && event.preventDefault()
    const onDrop = (event: DragEvent) => {
      set(0)
      if (event.defaultPrevented || !hasFiles(event) || !event.dataTransfer) return
      event.preventDefault()
      take.current(event.dataTransfer)
    }
    const listening = new AbortController()
    const { signal } = listening
    addEventListener('dragenter', onEnter, { signal })
    addEventListener('dragleave', onLeave, { signal })
    addEventListener('dragover', onOver, { signal })
    addEventListener('drop', onDrop, { signal })
    return () => listening.abort()
  }, [canEdit])

  if (!isOver) return null
  return (
    <div className={styles.target}>
      <div>
        <Upload aria-hidden />
        <strong>{text.dropToAdd}</strong>
        <span>{text.dropToAddHelp}</span>
      </div>
    </div>
  )
}
