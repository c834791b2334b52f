import type { ReactElement } from 'react'
import { texts } from '../app/texts'
import { Page } from '../ui/page'

export function DatasetsScreen(): ReactElement {
  return <Page title={texts.use().datasets}>{null}</Page>
}
