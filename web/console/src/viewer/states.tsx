/** Assets that cannot be shown: each state says why, and offers one thing to do. */
import type { Asset } from '@foveal/client'
import { useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Archive, CircleX, Hourglass, ShieldAlert, Trash2 } from 'lucide-react'
import { lazy, type ReactElement, Suspense, useState } from 'react'
import { useApp } from '../app/context'
import { useProject } from '../app/project'
import { scanStateOf } from '../scans/state'
import { Button } from '../ui/button'
import button from '../ui/button.module.css'
import { EmptyState, sentenceOf } from '../ui/notice'
import { toast } from '../ui/toasts'
import { texts } from './texts'

const HeldState = lazy(async () => ({ default: (await import('../scans/held-state')).HeldState }))
const ARCHIVES = new Set(['GLACIER', 'DEEP_ARCHIVE'])

export function isArchived(asset: Asset): boolean {
  const { storage_class: storageClass, archive_status: status } = asset.s3 ?? {}
  return ARCHIVES.has(storageClass ?? '') || Boolean(status)
}

/** Return the page of an asset's state; undefined for one that is ready. */
export function AssetState({ asset }: { asset: Asset }): ReactElement | null {
  const text = texts.use()
  const { project, canEdit, isAdmin } = useProject()
  const again = canEdit ? (
    <Link to="/p/$project/upload" params={{ project }} className={`${button.button} ${button.primary}`}>
      {text.uploadAnother}
    </Link>
  ) : undefined
  const scanState = scanStateOf(asset)
  if (scanState)
    return (
      <Suspense>
        <HeldState asset={asset} state={scanState} />
      </Suspense>
    )
  if (asset.status === 'pending')
    return (
      <EmptyState icon={Hourglass} title={text.pendingTitle}>
        {text.pendingHelp}
      </EmptyState>
    )
  if (asset.status === 'failed')
    return (
      <EmptyState icon={CircleX} title={text.failedTitle} action={again}>
        {asset.reason_detail ?? asset.reason}
      </EmptyState>
    )
  if (asset.status === 'quarantined')
    return (
      <EmptyState icon={ShieldAlert} title={text.quarantinedTitle} action={again}>
        {asset.reason_detail ?? asset.reason}
      </EmptyState>
    )
  return (
    <EmptyState
      icon={Trash2}
      title={text.deletedTitle}
      action={isAdmin ? <RestoreButton assetId={asset.asset_id} /> : undefined}
    >
      {text.deletedHelp}
    </EmptyState>
  )
}

function RestoreButton({ assetId }: { assetId: string }): ReactElement {
  const text = texts.use()
  const { client } = useApp()
  const queries = useQueryClient()
  const restore = (): void => {
    client.request('POST /v1/assets/{asset_id}/restore', { path: { asset_id: assetId } }).then(
      () => queries.invalidateQueries({ queryKey: ['asset', assetId] }),
      (error: unknown) => toast({ text: sentenceOf(error), kind: 'danger' }),
    )
  }
  return (
    <Button kind="primary" onPress={restore}>
      {text.restore}
    </Button>
  )
}

/** Offer to retrieve an archived file; its preview and labels stay in sight. */
export function ArchivedNotice({ asset, canEdit }: { asset: Asset; canEdit: boolean }): ReactElement {
  const text = texts.use()
  const { client } = useApp()
  const queries = useQueryClient()
  const [isAsked, setAsked] = useState(false)
  const retrieve = (): void => {
    setAsked(true)
    const path = { asset_id: asset.asset_id }
    client.request('POST /v1/assets/{asset_id}/retrieve', { path, body: {} }).then(
      () => queries.invalidateQueries({ queryKey: ['asset', asset.asset_id] }),
      (error: unknown) => {
        setAsked(false)
        toast({ text: sentenceOf(error), kind: 'danger' })
      },
    )
  }
  return (
    <EmptyState
      icon={Archive}
      title={text.archivedTitle}
      action={canEdit && !isAsked ? <Button onPress={retrieve}>{text.retrieve}</Button> : undefined}
    >
      {isAsked ? text.retrieving : text.archivedHelp}
    </EmptyState>
  )
}
