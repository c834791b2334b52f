import type { ReactElement } from 'react'
import { texts } from '../app/texts'
import { Page } from '../ui/page'

export function LabelsScreen(): ReactElement {
  return <Page title={texts.use().labels}>{null}</Page>
}
