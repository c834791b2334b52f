/** Bar of the selection: how much is selected, and what can be done with it. */
import { useNavigate } from '@tanstack/react-router'
import { Ellipsis, Tag, Trash2, X } from 'lucide-react'
import { lazy, type ReactElement, Suspense, useState } from 'react'
import { handOver } from '../../app/handed-over'
import { useProject } from '../../app/project'
import { Button, IconButton } from '../../ui/button'
import { loaded } from '../../ui/loaded'
import { Menu, MenuItem } from '../../ui/overlay'
import { encoded, type GalleryState } from '../address'
import type { Change } from '../screen'
import { questionOf } from '../scroll/api'
import { NOTHING, type Selection, sizeOf } from './selection'
import styles from './selection.module.css'
import { texts } from './texts'
import { questionsOf } from './work'

const Dialogs = lazy(() => loaded(() => import('./dialogs')))

export type Action = 'tag' | 'attributes' | 'remove' | 'retrieve' | 'restore' | 'links'

export interface BarProps {
  state: GalleryState
  change: Change
  total: number
  selection: Selection
  setSelection: (selection: Selection) => void
  onChanged: (action: Action) => void
}

export default function SelectionBar(props: BarProps): ReactElement | null {
  const { state, change, total, selection, setSelection, onChanged } = props
  const { project, canEdit } = useProject()
  const text = texts.use()
  const navigate = useNavigate()
  const [action, setAction] = useState<Action>()
  const count = sizeOf(selection, total)
  const isList = Boolean(state.similar || state.duplicates)
  if (count === 0 && action === undefined) return null

  const handed = () => {
    if (selection.kind === 'some') return handOver([...selection.ids])
    const [question] = questionsOf(selection, questionOf(state))
    return {
      ...(question?.filter ? { q: encoded(question.filter) } : {}),
      ...(question?.view ? { view: question.view } : {}),
    }
  }
  const chosen = (key: string | number) => {
    if (key === 'similar' && selection.kind === 'some') change({ similar: [...selection.ids][0] as string })
    else if (key === 'export') {
      void navigate({ to: '/p/$project/labels', params: { project }, search: handed() as never })
    } else setAction(key as Action)
  }
  return (
    <>
      <section className={styles.bar} aria-label={text.bar} hidden={count === 0}>
        <IconButton label={text.clear} keys="Esc" onPress={() => setSelection(NOTHING)}>
          <X aria-hidden />
        </IconButton>
        <span className={styles.count} role="status">
          {selection.kind === 'all' && selection.except.size === 0 ? text.allSelected(total) : text.selected(count)}
        </span>
        {selection.kind === 'some' && count < total && !isList ? (
          <Button kind="quiet" onPress={() => setSelection({ kind: 'all', except: new Set() })}>
            {text.selectAll(total)}
          </Button>
        ) : null}
        <span className={styles.actions}>
          {canEdit ? (
            <>
              <Button onPress={() => setAction('tag')}>
                <Tag aria-hidden />
                {text.tag}
              </Button>
              <IconButton label={text.remove} kind="plain" onPress={() => setAction('remove')}>
                <Trash2 aria-hidden />
              </IconButton>
            </>
          ) : null}
          <Menu
            aria-label={text.more}
            onAction={chosen}
            trigger={
              <Button aria-label={text.more}>
                <Ellipsis aria-hidden />
              </Button>
            }
          >
            {canEdit ? <MenuItem id="attributes">{text.attributes}</MenuItem> : null}
            {count === 1 && selection.kind === 'some' ? <MenuItem id="similar">{text.similar}</MenuItem> : null}
            <MenuItem id="links">{text.links}</MenuItem>
            <MenuItem id="export">{text.export}</MenuItem>
            {canEdit ? <MenuItem id="retrieve">{text.retrieve}</MenuItem> : null}
            {canEdit ? <MenuItem id="restore">{text.restore}</MenuItem> : null}
          </Menu>
        </span>
      </section>
      {action ? (
        <Suspense>
          <Dialogs
            {...{ action, selection, count, project }}
            question={questionOf(state)}
            onClose={() => setAction(undefined)}
            onDone={() => onChanged(action)}
          />
        </Suspense>
      ) : null}
    </>
  )
}
