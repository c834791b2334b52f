/** The gallery of a project. Its address says what is shown: filter, order, saved view. */
import { useFoveal } from '@foveal/client/react'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { type ReactElement, useCallback, useMemo, useState } from 'react'
import { useProject } from '../app/project'
import { type GalleryState, readAddress, writeAddress } from './address'
import { Browser } from './browser'
import { collectionOf, forgetCollections, type Source, useCollection } from './use-collection'

export type Change = (change: Partial<GalleryState>, how?: 'push' | 'replace') => void

/** Return the text that stands for the assets of an address: what is drawn over them or on a map changes none. */
function keyOf({ labels, map, ...which }: Record<string, unknown>): string {
  return JSON.stringify(which)
}

/** Ask for the assets at an address before its screen is shown. */
export function prepare(source: Source, project: string, search: Record<string, unknown>): void {
  collectionOf(source, project, readAddress(search), keyOf(search))
}

export function GalleryScreen(): ReactElement {
  const session = useFoveal()
  const { project } = useProject()
  const search = useSearch({ from: '/p/$project/assets' })
  const navigate = useNavigate()
  const address = keyOf(search)
  // biome-ignore lint/correctness/useExhaustiveDependencies: the text stands for the search parameters
  const state = useMemo(() => readAddress(search), [JSON.stringify(search)])
  const [edition, setEdition] = useState(0)
  const collection = useCollection(session, project, state, address, edition)

  const change: Change = useCallback(
    (parts, how = 'push') => {
      const next = { ...state, ...parts }
      void navigate({
        to: '/p/$project/assets',
        params: { project },
        search: writeAddress(next),
        replace: how === 'replace',
      })
    },
    [state, navigate, project],
  )
  return (
    <Browser
      {...{ state, change, collection, project }}
      address={`${project} ${address}`}
      reload={() => {
        forgetCollections()
        setEdition((count) => count + 1)
      }}
    />
  )
}
