/** History of the selected annotation: each revision with author and time; any of them can be brought back. */
import { useQuery } from '@tanstack/react-query'
import { RotateCcw } from 'lucide-react'
import type { ReactElement } from 'react'
import { useApp } from '../../app/context'
import type { Annotation, Size } from '../../drawing'
import { useFormats } from '../../text/catalogue'
import { Button } from '../../ui/button'
import { ErrorState, Loading, sentenceOf } from '../../ui/notice'
import { toast } from '../../ui/toasts'
import { texts } from '../texts'
import styles from './panels.module.css'

export interface HistoryProps {
  project: string
  annotation: Annotation | undefined
  canEdit: boolean
  image: Size
  /** Called when a revision has been brought back. */
  onRestored: () => void
}

export function HistoryPanel({ project, annotation, canEdit, image, onRestored }: HistoryProps): ReactElement {
  const text = texts.use()
  const format = useFormats()
  const { client, account } = useApp()
  const id = annotation?.annotation_id
  const { data, error, refetch } = useQuery({
    queryKey: ['revisions', id, annotation?.revision],
    queryFn: ({ signal }) =>
      client.request('GET /v1/annotations/{annotation_id}/revisions', {
        path: { annotation_id: id ?? '' },
        query: { project, limit: 200 },
        signal,
      }),
    enabled: Boolean(id && annotation?.revision),
  })
  if (!annotation) return <p className={styles.muted}>{text.noHistory}</p>
  if (error) return <ErrorState error={error} retry={() => void refetch()} />
  if (!data) return <Loading />
  const restore = (to: number): void => {
    const options = { path: { annotation_id: annotation.annotation_id }, query: { project } }
    const headers = { 'if-match': `"${annotation.revision}"` }
    client
      .request('POST /v1/annotations/{annotation_id}/restore', { ...options, headers, body: { to } })
      .then(onRestored, (problem: unknown) => toast({ text: sentenceOf(problem), kind: 'danger' }))
  }
  return (
    <ol className={`${styles.history} ${styles.scroll}`}>
      {data.items.toReversed().map(({ revision, change, annotation: state }) => (
        <li key={`${revision} ${change.at}`}>
          <span className={styles.words}>
            <span>
              {text.revision(revision)} – {kindOf(change.kind, text)}
            </span>
            <small>{[format.time(change.at), change.by === account.subject ? text.you : change.by].join(' · ')}</small>
            <small>{state && stateOf(state, image)}</small>
          </span>
          {state && revision === annotation.revision ? (
            <small>{text.present}</small>
          ) : state && canEdit ? (
            <Button onPress={() => restore(revision)}>
              <RotateCcw aria-hidden />
              {text.restore}
            </Button>
          ) : null}
        </li>
      ))}
    </ol>
  )
}

/** Return label and place of a state in a few words. */
function stateOf({ label, bbox }: Annotation, [width, height]: Size): string {
  const sides = [width, height, width, height]
  const place = bbox?.map((share, at) => Math.round(share * (sides[at] as number))).join(', ')
  return [label, place].filter(Boolean).join(' · ')
}

type Texts = ReturnType<typeof texts.use>

function kindOf(kind: string, text: Texts): string {
  const words: Record<string, string> = {
    created: text.created,
    updated: text.updated,
    replaced: text.replaced,
    restored: text.restored,
    deleted: text.deleted,
    refused: text.refusedChange,
  }
  return words[kind] ?? kind
}
