/** Dialogs that save, rename and delete a view. */
import { useQueryClient } from '@tanstack/react-query'
import { type ReactElement, useState } from 'react'
import { useApp } from '../../app/context'
import { useProject } from '../../app/project'
import { Button } from '../../ui/button'
import { TextField } from '../../ui/field'
import { Notice, sentenceOf } from '../../ui/notice'
import { Dialog, DialogForm } from '../../ui/overlay'
import { toast } from '../../ui/toasts'
import type { GalleryState } from '../address'
import { EMPTY, fromFilter, toFilter } from '../filter/model'
import type { Change } from '../screen'
import { texts } from './texts'
import type { View } from './views'

const VIEW = 'PUT /v1/projects/{project}/views/{name}'
const NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/

export interface ViewDialogProps {
  dialog: 'save' | 'rename' | 'remove'
  state: GalleryState
  change: Change
  views: View[]
  open: View | undefined
  onClose: () => void
}

export default function ViewDialog({ dialog, state, change, views, open, onClose }: ViewDialogProps): ReactElement {
  const { client } = useApp()
  const { project } = useProject()
  const text = texts.use()
  const queries = useQueryClient()
  const [name, setName] = useState(dialog === 'save' && !state.view ? '' : (state.view ?? ''))
  const [description, setDescription] = useState(open?.description ?? '')
  const [error, setError] = useState<unknown>()
  const [isBusy, setBusy] = useState(false)
  const isTaken = views.some((each) => each.name === name)
  const isBad = name !== '' && !NAME.test(name)

  /** Conditions of the open view and those on top of it are one filter from now on. */
  const filter = () => {
    const own = toFilter(state.filter)
    const parts = [open?.filter, own].filter((each) => each)
    return toFilter(fromFilter((parts.length > 1 ? { and: parts } : parts[0]) as never))
  }

  const run = async (work: () => Promise<unknown>) => {
    setBusy(true)
    setError(undefined)
    try {
      await work()
      await queries.invalidateQueries({ queryKey: ['views', project] })
      onClose()
    } catch (failure) {
      setError(failure)
      setBusy(false)
    }
  }
  /** A name that was free when the dialog opened takes no view from somebody who was quicker. */
  const onlyNew = isTaken ? {} : { headers: { 'if-none-match': '*' } }

  const save = () =>
    run(async () => {
      const all = filter()
      const body = { ...(all ? { filter: all } : {}), sort: state.sort, ...(description ? { description } : {}) }
      await client.request(VIEW, { path: { project, name }, body: body as never, ...onlyNew })
      toast({ text: text.saved(name) })
      change({ view: name, filter: EMPTY }, 'replace')
    })
  const rename = () =>
    run(async () => {
      const { filter: kept, sort, fields } = open as View
      const body = { filter: kept ?? null, sort, fields: fields ?? null, description: description || null }
      await client.request(VIEW, { path: { project, name }, body: body as never, ...onlyNew })
      if (name !== open?.name) await remove(open?.name as string)
      change({ view: name }, 'replace')
    })
  const remove = (which: string) =>
    client.request('DELETE /v1/projects/{project}/views/{name}', { path: { project, name: which } })

  const title =
    dialog === 'save'
      ? text.saveTitle
      : dialog === 'rename'
        ? text.renameTitle(state.view ?? '')
        : text.removeTitle(state.view ?? '')
  return (
    <Dialog title={title} isOpen onOpenChange={(isOpen) => !isOpen && onClose()}>
      {dialog === 'remove' ? (
        <>
          <p>{text.removeHelp}</p>
          <footer>
            <Button
              kind="danger"
              isDisabled={isBusy}
              onPress={() =>
                run(async () => {
                  await remove(open?.name as string)
                  toast({ text: text.removed(open?.name as string) })
                  change({ view: undefined as never, filter: fromFilter(filter()) }, 'replace')
                })
              }
            >
              {text.removeNow}
            </Button>
          </footer>
        </>
      ) : (
        <DialogForm
          onSubmit={() => {
            if (name && !isBad) void (dialog === 'save' ? save() : rename())
          }}
        >
          {dialog === 'save' ? <p>{text.saveHelp}</p> : null}
          <TextField
            label={text.name}
            value={name}
            onChange={setName}
            maxLength={64}
            autoFocus
            error={isBad ? text.badName : undefined}
          />
          <TextField label={text.description} value={description} onChange={setDescription} maxLength={1024} />
          {isTaken && name !== open?.name ? <Notice kind="warning">{text.replaces}</Notice> : null}
          <footer>
            <Button kind="primary" type="submit" isDisabled={!name || isBad || isBusy}>
              {dialog === 'rename' ? text.renameNow : isTaken ? text.replaceNow : text.saveNow}
            </Button>
          </footer>
        </DialogForm>
      )}
      {error ? <Notice kind="danger">{sentenceOf(error)}</Notice> : null}
    </Dialog>
  )
}
