/** Page of an asset that a malware scan holds back or blocks: why, and the ways on for those who may take them. */
import type { Asset } from '@foveal/client'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Hourglass, ScanLine, ShieldAlert, ShieldCheck } from 'lucide-react'
import { type ReactElement, useState } from 'react'
import { useApp } from '../app/context'
import { useProject } from '../app/project'
import { Button } from '../ui/button'
import { TextField } from '../ui/field'
import { EmptyState, Notice, sentenceOf } from '../ui/notice'
import { Dialog, DialogForm, DialogTrigger } from '../ui/overlay'
import { toast } from '../ui/toasts'
import { isLate, type ScanState } from './state'
import { texts, whyOf } from './texts'

export function HeldState({ asset, state }: { asset: Asset; state: ScanState }): ReactElement {
  const text = texts.use()
  const { canEdit, isAdmin } = useProject()
  if (state === 'scanning') {
    const late = isLate(asset, Date.now())
    return (
      <EmptyState
        icon={Hourglass}
        title={text.scanningTitle}
        action={late && canEdit ? <Rescan asset={asset} /> : undefined}
      >
        {late ? text.lateHelp : text.scanningHelp}
      </EmptyState>
    )
  }
  return (
    <EmptyState
      icon={state === 'malware' ? ShieldAlert : ScanLine}
      title={text[`${state}Title`]}
      action={
        canEdit ? (
          <>
            {isAdmin ? <Release asset={asset} state={state} /> : null}
            <Rescan asset={asset} />
          </>
        ) : undefined
      }
    >
      {whyOf(text, state, asset.scan)} {isAdmin ? '' : text.askAdmin}
    </EmptyState>
  )
}

function Rescan({ asset }: { asset: Asset }): ReactElement {
  const text = texts.use()
  const { client } = useApp()
  const refresh = useRefresh(asset)
  const rescan = useMutation({
    mutationFn: () => client.request('POST /v1/assets/{asset_id}/rescan', { path: { asset_id: asset.asset_id } }),
    onSuccess: async () => {
      toast({ text: text.rescanning })
      await refresh()
    },
    onError: (error) => toast({ text: sentenceOf(error), kind: 'danger' }),
  })
  return (
    <Button isDisabled={rescan.isPending} onPress={() => rescan.mutate()}>
      <ScanLine aria-hidden />
      {text.rescan}
    </Button>
  )
}

function Release({ asset, state }: { asset: Asset; state: ScanState }): ReactElement {
  const text = texts.use()
  const { client } = useApp()
  const refresh = useRefresh(asset)
  const [note, setNote] = useState('')
  const release = useMutation({
    mutationFn: () =>
      client.request('POST /v1/assets/{asset_id}/release', {
        path: { asset_id: asset.asset_id },
        body: { note: note.trim() },
      }),
  })
  const send = async (close: () => void) => {
    await release.mutateAsync()
    toast({ text: text.released })
    close()
    await refresh()
  }
  return (
    <DialogTrigger
      onOpenChange={() => {
        setNote('')
        release.reset()
      }}
    >
      <Button>
        <ShieldCheck aria-hidden />
        {text.release}
      </Button>
      <Dialog title={text.releaseTitle(asset.file_name ?? asset.asset_id)}>
        {(close) => (
          <DialogForm
            onSubmit={() => {
              send(close).catch(() => undefined) // the dialog shows the error of the mutation
            }}
          >
            <Notice kind={state === 'malware' ? 'danger' : 'warning'}>
              {state === 'malware' ? text.releaseMalware : text.releaseUnscanned}
            </Notice>
            <TextField
              label={text.note}
              help={text.noteHelp}
              rows={2}
              maxLength={500}
              autoFocus
              value={note}
              onChange={setNote}
            />
            {release.error ? <Notice kind="danger">{sentenceOf(release.error)}</Notice> : null}
            <footer>
              <Button onPress={close}>{text.cancel}</Button>
              <Button kind="danger" type="submit" isDisabled={release.isPending || note.trim() === ''}>
                {text.releaseYes}
              </Button>
            </footer>
          </DialogForm>
        )}
      </Dialog>
    </DialogTrigger>
  )
}

function useRefresh({ asset_id }: Asset): () => Promise<void> {
  const queries = useQueryClient()
  return () => queries.invalidateQueries({ queryKey: ['asset', asset_id] })
}
