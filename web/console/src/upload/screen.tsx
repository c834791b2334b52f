import type { ReactElement } from 'react'
import { texts } from '../app/texts'
import { Page } from '../ui/page'

export function UploadScreen(): ReactElement {
  return <Page title={texts.use().upload}>{null}</Page>
}
