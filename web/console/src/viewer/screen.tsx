/** Address of one asset: loads it, and shows the viewer or the page of its state. */
import { ApiError } from '@foveal/client'
import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router'
import { type ReactElement, useCallback, useMemo, useRef } from 'react'
import { useApp } from '../app/context'
import { useProject } from '../app/project'
import { imageGeometry } from '../drawing'
import { EmptyState, ErrorState, Loading } from '../ui/notice'
import { readAddress, type ViewerState, writeAddress } from './address'
import { TopBar } from './bars'
import { useAsset, useEarlyRequests } from './data'
import { neighboursOf } from './neighbours'
import { FactsPanel } from './panels/facts'
import { AssetState } from './states'
import { texts } from './texts'
import { Viewer } from './viewer'
import styles from './viewer.module.css'

export function ViewerScreen(): ReactElement {
  const text = texts.use()
  const { asset: assetId } = useParams({ from: '/p/$project/a/$asset' })
  const search = useSearch({ from: '/p/$project/a/$asset' })
  const navigate = useNavigate()
  const { client } = useApp()
  const { project } = useProject()
  const { data: asset, error, refetch } = useAsset(assetId)
  useEarlyRequests(project, assetId)
  const state = useMemo(() => readAddress(search), [search])
  const latest = useRef(state)
  latest.current = state

  const change = useCallback(
    (changes: Partial<ViewerState>) => {
      latest.current = { ...latest.current, ...changes }
      void navigate({ to: '.', search: writeAddress(latest.current), replace: true })
    },
    [navigate],
  )
  const open = (id: string): void => {
    const kept = { ...latest.current, selected: undefined, frame: undefined }
    void navigate({
      to: '/p/$project/a/$asset',
      params: { project, asset: id },
      search: writeAddress(kept),
      replace: true,
    })
  }
  const { data: neighbours } = useQuery({
    queryKey: ['neighbours', project, assetId],
    queryFn: ({ signal }) =>
      neighboursOf(client, project, { asset_id: assetId, created_at: asset?.created_at ?? '' }, signal),
    enabled: asset !== undefined,
    staleTime: 60_000,
  })
  // Size and orientation of a picture do not change; a new object at each poll would draw everything again.
  const facts = JSON.stringify(
    asset && [
      asset.width,
      asset.height,
      asset.stored_width,
      asset.stored_height,
      asset.orientation,
      asset.rotation,
      asset.is_mirrored,
    ],
  )
  // biome-ignore lint/correctness/useExhaustiveDependencies: the facts stand for the asset
  const image = useMemo(() => asset && imageGeometry(asset), [facts])

  const isMissing = error instanceof ApiError && error.status === 404
  if (error && !asset)
    return (
      <div className={styles.alone}>
        <ErrorState isPage error={error} {...(isMissing ? {} : { retry: () => void refetch() })} />
        <Link to="/p/$project/assets" params={{ project }} search={{}}>
          {text.back}
        </Link>
      </div>
    )
  if (!asset) return <Loading />
  if (asset.status === 'ready' && image)
    return <Viewer key={assetId} {...{ asset, image, state, change, neighbours, open }} />
  const name = asset.file_name ?? asset.asset_id
  return (
    <div className={styles.viewer}>
      <title>{`${name} · Foveal`}</title>
      <TopBar
        {...{ project, name, neighbours, open }}
        edits={undefined}
        canEdit={false}
        undo={() => {}}
        redo={() => {}}
        stage={() => null}
        showKeys={() => {}}
      />
      <div className={styles.place}>
        {asset.status === 'ready' ? (
          <EmptyState title={text.noPicture}>{text.unsized}</EmptyState>
        ) : (
          <AssetState asset={asset} />
        )}
      </div>
      <aside className={styles.panel} aria-label={text.facts}>
        <FactsPanel asset={asset} />
      </aside>
    </div>
  )
}
