/** Assets that failed or were quarantined of late, each with the server's reason. */
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { CircleCheck } from 'lucide-react'
import type { ReactElement } from 'react'
import { useApp } from '../app/context'
import { useProject } from '../app/project'
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
  const format = useFormats()
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
        {(found.data?.items ?? []).map(({ asset_id, file_name, status, reason, reason_detail, updated_at }) => (
          <Item
            key={asset_id}
            title={
              <Link to="/p/$project/a/$asset" params={{ project, asset: asset_id }}>
                {file_name ?? asset_id}
              </Link>
            }
            facts={[reason_detail ?? reason, updated_at ? format.time(updated_at) : ''].filter(Boolean).join(' · ')}
            state={
              <Badge kind={status === 'failed' ? 'danger' : 'warning'}>
                {status === 'failed' ? text.failed : text.quarantined}
              </Badge>
            }
          />
        ))}
      </ItemList>
    </Card>
  )
}
