import type { ReactElement } from 'react'
import { texts } from '../app/texts'
import { Page } from '../ui/page'

export function GalleryScreen(): ReactElement {
  return <Page title={texts.use().assets}>{null}</Page>
}
