/** Dialogs of work on a selection: what to do, progress, and a sentence with the result. */
import type { Filter } from '@foveal/client'
import { type ReactElement, useEffect, useRef, useState } from 'react'
import { useApp } from '../../app/context'
import { STATUSES } from '../../app/statuses'
import { Button } from '../../ui/button'
import { Progress, Select, TextField } from '../../ui/field'
import { Notice, sentenceOf } from '../../ui/notice'
import { Dialog, DialogForm } from '../../ui/overlay'
import type { Question } from '../scroll/api'
import type { Action } from './bar'
import type { Selection } from './selection'
import { texts } from './texts'
import { type Edit, each, edit, links, type Outcome, type Work } from './work'

export interface DialogsProps {
  action: Action
  project: string
  selection: Selection
  question: Question
  count: number
  onClose: () => void
  /** Something was changed. */
  onDone: () => void
}

type Run = (work: Work) => Promise<Outcome>

export default function Dialogs(props: DialogsProps): ReactElement {
  const { action, project, selection, question, count, onClose, onDone } = props
  const { client } = useApp()
  const text = texts.use()
  const [progress, setProgress] = useState<Outcome>()
  const [result, setResult] = useState<{ outcome?: Outcome; error?: unknown; isStopped?: boolean }>()
  const controller = useRef<AbortController>(undefined)
  const total = useRef(count)
  useEffect(() => () => controller.current?.abort(), [])

  const run = async (work: Run) => {
    total.current = count
    const stop = new AbortController()
    controller.current = stop
    const { signal } = stop
    let last: Outcome = { changed: 0, done: 0, failed: 0 }
    const onProgress = (outcome: Outcome) => {
      last = outcome
      setProgress(outcome)
    }
    onProgress(last)
    try {
      setResult({ outcome: await work({ client, project, selection, question, signal, onProgress }) })
    } catch (error) {
      setResult(signal.aborted ? { outcome: last, isStopped: true } : { outcome: last, error })
    }
    setProgress(undefined)
    onDone()
  }

  const titles: Record<Action, string> = {
    tag: text.tagTitle(count),
    attributes: text.attributeTitle(count),
    remove: text.removeTitle(count),
    retrieve: text.retrieveTitle(count),
    restore: text.restoreTitle(count),
    links: text.linksTitle(count),
  }
  const [title] = useState(titles[action])
  return (
    <Dialog title={title} isOpen onOpenChange={(isOpen) => !isOpen && onClose()}>
      {result ? (
        <Result {...result} action={action} onClose={onClose} />
      ) : progress ? (
        <>
          <Progress
            label={text.working}
            value={Math.min(1, progress.done / Math.max(1, total.current))}
            text={text.progress(progress.done, total.current)}
          />
          <footer>
            <Button onPress={() => controller.current?.abort()}>{text.stop}</Button>
          </footer>
        </>
      ) : action === 'tag' ? (
        <TagForm count={count} onEdit={(change) => run((work) => edit(work, change))} />
      ) : action === 'attributes' ? (
        <AttributeForm count={count} onEdit={(change) => run((work) => edit(work, change))} />
      ) : (
        <Confirm {...{ action, count, run }} />
      )}
    </Dialog>
  )
}

function TagForm({ count, onEdit }: { count: number; onEdit: (change: Edit) => void }): ReactElement {
  const text = texts.use()
  const [tag, setTag] = useState('')
  const name = tag.trim()
  return (
    <DialogForm onSubmit={() => name && onEdit({ add_tags: [name] })}>
      <TextField label={text.tagName} value={tag} onChange={setTag} maxLength={256} autoFocus />
      <footer>
        <Button isDisabled={!name} onPress={() => onEdit({ remove_tags: [name] })}>
          {text.removeTag(count)}
        </Button>
        <Button kind="primary" type="submit" isDisabled={!name}>
          {text.addTag(count)}
        </Button>
      </footer>
    </DialogForm>
  )
}

type Kind = 'words' | 'number' | 'flag'

function AttributeForm({ count, onEdit }: { count: number; onEdit: (change: Edit) => void }): ReactElement {
  const text = texts.use()
  const [name, setName] = useState('')
  const [kind, setKind] = useState<Kind>('words')
  const [value, setValue] = useState('')
  const isNumber = value.trim() !== '' && Number.isFinite(Number(value))
  const typed = kind === 'number' ? Number(value) : kind === 'flag' ? value === 'yes' : value
  const isWrong = kind === 'number' && value !== '' && !isNumber
  const isReady = name.trim() !== '' && value !== '' && !isWrong
  return (
    <DialogForm onSubmit={() => isReady && onEdit({ set_attributes: { [name.trim()]: typed } })}>
      <TextField label={text.attributeName} value={name} onChange={setName} maxLength={64} autoFocus />
      <Select
        label={text.attributeKind}
        value={kind}
        onChange={(next) => {
          setKind(next)
          setValue(next === 'flag' ? 'yes' : '')
        }}
        options={(['words', 'number', 'flag'] as const).map((id) => ({ id, text: text[id] }))}
      />
      {kind === 'flag' ? (
        <Select
          label={text.attributeValue}
          value={value}
          onChange={setValue}
          options={[
            { id: 'yes', text: text.yes },
            { id: 'no', text: text.no },
          ]}
        />
      ) : (
        <TextField
          label={text.attributeValue}
          value={value}
          onChange={setValue}
          maxLength={1024}
          error={isWrong ? text.notANumber : undefined}
        />
      )}
      <footer>
        <Button isDisabled={!name.trim()} onPress={() => onEdit({ unset_attributes: [name.trim()] })}>
          {text.unsetAttribute(count)}
        </Button>
        <Button kind="primary" type="submit" isDisabled={!isReady}>
          {text.setAttribute(count)}
        </Button>
      </footer>
    </DialogForm>
  )
}

function Confirm(props: { action: Action; count: number; run: (work: Run) => void }): ReactElement {
  const { action, count, run } = props
  const text = texts.use()
  const { client } = useApp()
  const path = (asset_id: string) => ({ path: { asset_id } })
  if (action === 'links')
    return (
      <>
        <p>{text.linksHelp}</p>
        <footer>
          <Button kind="primary" onPress={() => run(saveLinks)}>
            {text.linksNow}
          </Button>
        </footer>
      </>
    )
  const acts = {
    remove: (id: string) => client.request('DELETE /v1/assets/{asset_id}', path(id)),
    retrieve: (id: string) => client.request('POST /v1/assets/{asset_id}/retrieve', { ...path(id), body: {} as never }),
    restore: (id: string) => client.request('POST /v1/assets/{asset_id}/restore', path(id)),
  }
  const before: Record<keyof typeof acts, Filter | undefined> = {
    remove: { field: 'status', in: STATUSES.filter((status) => status !== 'deleted') },
    retrieve: undefined,
    restore: { field: 'status', eq: 'deleted' },
  }
  const name = action as keyof typeof acts
  return (
    <>
      <p>{text[`${name}Help`]}</p>
      <footer>
        <Button
          kind={name === 'remove' ? 'danger' : 'primary'}
          onPress={() => run((work) => each(work, acts[name], before[name]))}
        >
          {text[`${name}Now`](count)}
        </Button>
      </footer>
    </>
  )
}

async function saveLinks(work: Work): Promise<Outcome> {
  const { urls, outcome } = await links(work)
  const url = URL.createObjectURL(new Blob([`${urls.join('\n')}\n`], { type: 'text/plain' }))
  const anchor = Object.assign(document.createElement('a'), { href: url, download: `${work.project}-links.txt` })
  anchor.click()
  setTimeout(() => URL.revokeObjectURL(url), 10_000)
  return outcome
}

interface ResultProps {
  action: Action
  outcome?: Outcome
  error?: unknown
  isStopped?: boolean
  onClose: () => void
}

function Result({ action, outcome, error, isStopped, onClose }: ResultProps): ReactElement {
  const text = texts.use()
  const { changed = 0, done = 0, failed = 0, reason = '', full = 0 } = outcome ?? {}
  const unchanged = done - changed - failed - full
  const sentences = [
    action === 'links' ? text.progress(changed, done) : text.changed(changed),
    ...(unchanged > 0 ? [text.unchanged(unchanged)] : []),
    ...(full > 0 ? [text.full(full)] : []),
    ...(failed > 0 ? [text.failed(failed, reason)] : []),
    ...(isStopped ? [text.stopped] : []),
  ]
  return (
    <>
      <Notice kind={failed > 0 || full > 0 ? 'warning' : 'ok'}>{sentences.join(' ')}</Notice>
      {error ? <Notice kind="danger">{sentenceOf(error)}</Notice> : null}
      <footer>
        <Button kind="primary" autoFocus onPress={onClose}>
          {text.close}
        </Button>
      </footer>
    </>
  )
}
