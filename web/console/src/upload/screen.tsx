import { Lock } from 'lucide-react'
import type { ReactElement } from 'react'
import { useProject } from '../app/project'
import { InOrder } from '../ui/in-order'
import { EmptyState } from '../ui/notice'
import { Page } from '../ui/page'
import { useDraft } from './draft'
import { DraftCard } from './draft-card'
import { QueueCard } from './queue-card'
import { texts } from './texts'

/** The page of uploads: the next batch, and those under way. */
export function UploadScreen(): ReactElement {
  const text = texts.use()
  const { project, canEdit } = useProject()
  const { files, refused } = useDraft(project)
  if (!canEdit)
    return (
      <Page title={text.title}>
        <EmptyState icon={Lock} title={text.viewerTitle}>
          {text.viewerHelp}
        </EmptyState>
      </Page>
    )
  return (
    <Page title={text.title} lead={text.lead}>
      <InOrder>
        <DraftCard project={project} />
        <QueueCard hasDraft={files.length + refused.length > 0} />
      </InOrder>
    </Page>
  )
}
