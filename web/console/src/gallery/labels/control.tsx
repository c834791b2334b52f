/** Button of the labels that are drawn over the pictures. */
import { Shapes } from 'lucide-react'
import { lazy, type ReactElement, Suspense } from 'react'
import { Dialog } from 'react-aria-components'
import { Button } from '../../ui/button'
import { loaded } from '../../ui/loaded'
import { DialogTrigger, Popover } from '../../ui/overlay'
import type { GalleryState } from '../address'
import styles from '../gallery.module.css'
import type { Change } from '../screen'
import { texts } from '../texts'

const LabelChoice = lazy(() => loaded(() => import('./choice')))

export function LabelControl(props: { state: GalleryState; change: Change }): ReactElement {
  const text = texts.use()
  return (
    <DialogTrigger>
      <Button aria-label={text.drawLabels}>
        <Shapes aria-hidden />
        <span className={styles.word}>{text.labels}</span>
      </Button>
      <Popover>
        <Dialog aria-label={text.drawLabels} className={styles.labels ?? ''}>
          <Suspense>
            <LabelChoice {...props} />
          </Suspense>
        </Dialog>
      </Popover>
    </DialogTrigger>
  )
}
