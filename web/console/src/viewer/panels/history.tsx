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
import { withLargeMembers } from '../data'
import { annotationRevisionOf } from '../edits/sender'
import { texts } from '../texts'
import styles from './panels.module.css'

export interface HistoryProps {
  project: string
  annotation: Annotation | undefined
  canEdit: boolean
  image: Size
  /** Called with a state that has been brought back, and the asset's annotation revision since. */
  onRestored: (state: Annotation, annotationRevision: number | undefined) => void
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
  const restore = async (to: number): Promise<void> => {
    try {
      const { body, headers } = await client.requestWithHeaders('POST /v1/annotations/{annotation_id}/restore', {
        path: { annotation_id: annotation.annotation_id },
        query: { project },
        headers: { 'if-match': `"${annotation.revision}"` },
        body: { to },
      })
      const [state] = await withLargeMembers(client, project, [body])
      if (state) onRestored(state, annotationRevisionOf(headers))
    } catch (problem) {
      toast({ text: sentenceOf(problem), kind: 'danger' })
    }
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
            <Button onPress={() => void restore(revision)}>
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
