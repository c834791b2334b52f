/** Assets that failed or were quarantined of late, each with the server's reason. */
import type { FoundAsset } from '@foveal/client'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { CircleCheck } from 'lucide-react'
import type { ReactElement } from 'react'
import { useApp } from '../app/context'
import { useProject } from '../app/project'
import { scanStateOf } from '../scans/state'
import { texts as scanTexts, whyOf } from '../scans/texts'
import { words as scanWords } from '../scans/words'
import { useFormats } from '../text/catalogue'
import { Badge } from '../ui/badge'
import { useFirstAnswer } from '../ui/in-order'
import { Item, ItemList } from '../ui/item-list'
import { EmptyState, ErrorState, Loading } from '../ui/notice'
import { Card } from '../ui/page'
import { texts } from './texts'

const SHOWN = 10

export function Failures(): ReactElement {
  const text = texts.use()
  const { client } = useApp()
  const { project } = useProject()
  const found = useQuery({
    queryKey: ['project-failures', project],
    queryFn: ({ signal }) =>
      client.request('POST /v1/projects/{project}/assets/search', {
        path: { project },
        body: { filter: { field: 'status', in: ['failed', 'quarantined'] }, sort: '-updated_at', limit: SHOWN },
        signal,
      }),
  })
  useFirstAnswer(found)
  return (
    <Card
      title={text.failures}
      actions={
        found.data?.next_token ? (
          <Link to="/p/$project/assets" params={{ project }} search={{ status: 'failed' }}>
            {text.allFailures}
          </Link>
        ) : undefined
      }
    >
      {found.isPending ? <Loading /> : null}
      {found.error ? <ErrorState error={found.error} retry={found.refetch} /> : null}
      {found.data?.items.length === 0 ? (
        <EmptyState icon={CircleCheck} title={text.noFailures}>
          {text.noFailuresHelp}
        </EmptyState>
      ) : null}
      <ItemList isInCard label={text.failures}>
        {(found.data?.items ?? []).map((asset) => (
          <Failure key={asset.asset_id} asset={asset} />
        ))}
      </ItemList>
    </Card>
  )
}

function Failure({ asset }: { asset: FoundAsset }): ReactElement {
  const text = texts.use()
  const [scans, states] = [scanTexts.use(), scanWords.use()]
  const format = useFormats()
  const { project } = useProject()
  const { asset_id, file_name, status, reason, reason_detail, updated_at, scan } = asset
  const scanState = scanStateOf(asset)
  const isBlocked = scanState === 'malware' || scanState === 'not_scanned'
  const why = isBlocked ? whyOf(scans, scanState, scan) : (reason_detail ?? reason)
  const isDanger = status === 'failed' || scanState === 'malware'
  return (
    <Item
      title={
        <Link to="/p/$project/a/$asset" params={{ project, asset: asset_id }}>
          {file_name ?? asset_id}
        </Link>
      }
      facts={[why, updated_at ? format.time(updated_at) : ''].filter(Boolean).join(' · ')}
      state={
        <Badge kind={isDanger ? 'danger' : 'warning'}>
          {isBlocked ? states[scanState] : status === 'failed' ? text.failed : text.quarantined}
        </Badge>
      }
    />
  )
}
