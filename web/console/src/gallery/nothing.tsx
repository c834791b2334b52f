/** In place of the grid: a project without assets, or a filter that finds none. */
import { Link } from '@tanstack/react-router'
import { ImagePlus, SearchX } from 'lucide-react'
import { type ReactElement, useEffect } from 'react'
import { useProject } from '../app/project'
import { pictureIsShown } from '../ui/after-pictures'
import { Button } from '../ui/button'
import { EmptyState } from '../ui/notice'
import type { GalleryState } from './address'
import { EMPTY, isEmpty } from './filter/model'
import styles from './gallery.module.css'
import type { Change } from './screen'
import { texts } from './texts'

export default function Nothing(props: { state: GalleryState; change: Change; project: string }): ReactElement {
  const { state, change, project } = props
  const { canEdit } = useProject()
  const text = texts.use()
  useEffect(pictureIsShown, [])
  if (isEmpty(state.filter) && !state.view && !state.similar && !state.duplicates)
    return (
      <div className={styles.instead}>
        <EmptyState
          icon={ImagePlus}
          title={text.emptyTitle}
          action={
            canEdit ? (
              <Link to="/p/$project/upload" params={{ project }} className={styles.upload ?? ''}>
                {text.toUpload}
              </Link>
            ) : undefined
          }
        >
          {canEdit ? text.emptyHelp : text.emptyHelpViewer}
        </EmptyState>
      </div>
    )
  const clear = () => change({ filter: EMPTY, view: undefined, similar: undefined, duplicates: undefined } as never)
  const title = state.duplicates ? text.noDuplicates : text.noMatch
  return (
    <div className={styles.instead}>
      <EmptyState
        icon={SearchX}
        title={title}
        action={<Button onPress={clear}>{state.duplicates ? text.allAssets : text.clearFilters}</Button>}
      >
        {state.duplicates ? text.noDuplicatesHelp : text.noMatchHelp}
      </EmptyState>
    </div>
  )
}
