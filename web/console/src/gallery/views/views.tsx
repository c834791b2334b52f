/** Saved views: opened, saved, renamed and deleted from one menu. */
import type { Answer } from '@foveal/client'
import { useQuery } from '@tanstack/react-query'
import { lazy, type ReactElement, Suspense, useState } from 'react'
import { useApp } from '../../app/context'
import { useProject } from '../../app/project'
import { loaded } from '../../ui/loaded'
import { Menu, MenuItem, MenuSection } from '../../ui/overlay'
import type { GalleryState } from '../address'
import { EMPTY } from '../filter/model'
import type { Change } from '../screen'
import { ViewsButton } from './button'
import { texts } from './texts'

export type View = Answer<'GET /v1/projects/{project}/views/{name}'>

const ViewDialog = lazy(() => loaded(() => import('./dialog')))

export function Views({ state, change }: { state: GalleryState; change: Change }): ReactElement {
  const { client } = useApp()
  const { project, canEdit } = useProject()
  const text = texts.use()
  const [dialog, setDialog] = useState<'save' | 'rename' | 'remove'>()
  const { data } = useQuery({
    queryKey: ['views', project],
    queryFn: ({ signal }) => client.request('GET /v1/projects/{project}/views', { path: { project }, signal }),
  })
  const views = data?.items ?? []
  const open = views.find(({ name }) => name === state.view)

  const act = (key: string | number) => {
    const name = String(key)
    if (name === ' save' || name === ' rename' || name === ' remove') return setDialog(name.trim() as 'save')
    if (name === ' bytes' || name === ' near') return change({ duplicates: name.trim() as 'near' })
    const view = views.find((each) => each.name === name)
    change({ view: name, filter: EMPTY, sort: view?.sort ?? state.sort })
  }
  return (
    <>
      <Menu aria-label={text.views} onAction={act} trigger={<ViewsButton state={state} />}>
        <MenuSection title={views.length === 0 ? text.none : text.views}>
          {views.map(({ name, description }) => (
            <MenuItem key={name} id={name} textValue={name}>
              <span>
                {name}
                {description ? (
                  <small style={{ display: 'block', color: 'var(--text-muted)' }}>{description}</small>
                ) : null}
              </span>
            </MenuItem>
          ))}
          {canEdit ? <MenuItem id=" save">{text.save}</MenuItem> : null}
          {canEdit && open ? <MenuItem id=" rename">{text.rename}</MenuItem> : null}
          {canEdit && open ? <MenuItem id=" remove">{text.remove}</MenuItem> : null}
        </MenuSection>
        <MenuSection title={text.special}>
          <MenuItem id=" bytes">{text.duplicates}</MenuItem>
          <MenuItem id=" near">{text.near}</MenuItem>
        </MenuSection>
      </Menu>
      {dialog ? (
        <Suspense>
          <ViewDialog {...{ dialog, state, change, views, open }} onClose={() => setDialog(undefined)} />
        </Suspense>
      ) : null}
    </>
  )
}
