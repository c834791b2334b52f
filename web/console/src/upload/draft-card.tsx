/** The next batch: what was chosen and checked, its tags and attributes, and the button that starts it. */
import { useQuery } from '@tanstack/react-query'
import { FileUp, FolderUp } from 'lucide-react'
import type { ReactElement } from 'react'
import { useApp } from '../app/context'
import { useFormats } from '../text/catalogue'
import { Button } from '../ui/button'
import { useFirstAnswer } from '../ui/in-order'
import { Loading, Notice, sentenceOf } from '../ui/notice'
import { Card } from '../ui/page'
import { AttributesField, TagField } from '../ui/tag-field'
import { toast } from '../ui/toasts'
import { changeDraft, choose, clearDraft, type Draft, useDraft } from './draft'
import { type Chosen, FilesButton } from './files-input'
import { texts } from './texts'
import styles from './upload.module.css'
import { useQueue } from './use-queue'
import { useLoadRules, useRulesQuery } from './use-rules'
import { useRefusalWords } from './words'

/** Refused files that are named one by one. */
const MAX_NAMED = 100

export function DraftCard({ project }: { project: string }): ReactElement {
  const text = texts.use()
  const format = useFormats()
  const draft = useDraft(project)
  const rules = useQuery(useRulesQuery())
  const loadRules = useLoadRules()
  useFirstAnswer(rules)
  const take = (sources: Chosen) => {
    loadRules()
      .then((found) => choose(project, sources, found))
      .catch((error: unknown) => toast({ kind: 'danger', text: sentenceOf(error) }))
  }
  if (rules.isPending)
    return (
      <Card>
        <Loading />
      </Card>
    )
  return (
    <Card>
      <div className={styles.choose}>
        <div>
          <strong>{text.dropHere}</strong>
          {rules.data ? (
            <small>
              {text.accepted(format.list(rules.data.allowed_types), format.bytes(rules.data.max_object_bytes))}
            </small>
          ) : null}
          {rules.error ? <small role="alert">{sentenceOf(rules.error)}</small> : null}
        </div>
        <div className={styles.buttons}>
          <FilesButton onChoose={take}>
            <FileUp aria-hidden />
            {text.chooseFiles}
          </FilesButton>
          <FilesButton isFolder onChoose={take}>
            <FolderUp aria-hidden />
            {text.chooseFolder}
          </FilesButton>
        </div>
      </div>
      {draft.isReading ? <Notice kind="info">{text.reading}</Notice> : null}
      <Refused draft={draft} />
      {draft.files.length > 0 ? <Batch project={project} draft={draft} /> : null}
    </Card>
  )
}

function Refused({ draft: { refused } }: { draft: Draft }): ReactElement | null {
  const text = texts.use()
  const words = useRefusalWords()
  if (refused.length === 0) return null
  return (
    <Notice kind="warning">
      <strong>{text.refusedTitle(refused.length)}</strong>
      <ul className={styles.refused}>
        {refused.slice(0, MAX_NAMED).map(({ id, name, refusal }) => (
          <li key={id}>
            <b>{name}</b> {words(refusal)}
          </li>
        ))}
        {refused.length > MAX_NAMED ? <li>…</li> : null}
      </ul>
    </Notice>
  )
}

function Batch({ project, draft }: { project: string; draft: Draft }): ReactElement {
  const text = texts.use()
  const format = useFormats()
  const { client } = useApp()
  const { uploads } = useQueue()
  const sizeBytes = draft.files.reduce((sum, file) => sum + file.sizeBytes, 0)
  const quota = useQuery({
    queryKey: ['upload-quota', project],
    queryFn: () => client.request('GET /v1/projects/{project}/uploads/quota', { path: { project } }),
  }).data
  const left = quota ? Math.max(0, quota.daily_bytes - quota.used_bytes) : undefined

  function start(): void {
    const { files, tags, attributes } = draft
    clearDraft(project)
    const sources = files.map((file) => file.source)
    uploads()
      .add(sources, { tags: [...tags], attributes: { ...attributes } })
      .catch((error: unknown) => {
        changeDraft(project, { files })
        toast({ kind: 'danger', text: sentenceOf(error) })
      })
  }

  return (
    <>
      <h3>{text.ready(draft.files.length, format.bytes(sizeBytes))}</h3>
      {quota && left !== undefined && sizeBytes > left ? (
        <Notice kind="warning">{text.overQuota(format.bytes(left), format.time(quota.resets_at))}</Notice>
      ) : null}
      <div className={styles.fields}>
        <TagField
          label={text.tags}
          help={text.tagsHelp}
          value={draft.tags}
          onChange={(tags) => changeDraft(project, { tags })}
        />
        <AttributesField
          help={text.attributesHelp}
          value={draft.attributes}
          onChange={(attributes) => changeDraft(project, { attributes })}
        />
      </div>
      <div className={styles.buttons}>
        <Button kind="primary" onPress={start} isDisabled={draft.isReading}>
          {text.start(draft.files.length)}
        </Button>
        <Button onPress={() => clearDraft(project)}>{text.clear}</Button>
        {quota ? (
          <small>{text.quotaUsed(format.bytes(quota.used_bytes), format.bytes(quota.daily_bytes))}</small>
        ) : null}
      </div>
    </>
  )
}
