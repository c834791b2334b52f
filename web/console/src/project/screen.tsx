import type { ReactElement } from 'react'
import { texts } from '../app/texts'
import { Page } from '../ui/page'

export function ProjectScreen(): ReactElement {
  return <Page title={texts.use().project}>{null}</Page>
}
