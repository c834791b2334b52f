/** Button of the saved views, which is there before they are. */
import { Bookmark } from 'lucide-react'
import type { ReactElement } from 'react'
import { Button } from '../../ui/button'
import type { GalleryState } from '../address'
import styles from '../gallery.module.css'
import { texts } from '../texts'

export function ViewsButton({ state, isDisabled }: { state: GalleryState; isDisabled?: boolean }): ReactElement {
  const { views } = texts.use()
  return (
    <Button aria-label={views} isDisabled={isDisabled ?? false}>
      <Bookmark aria-hidden />
      <span className={styles.word}>{state.view ?? views}</span>
    </Button>
  )
}
