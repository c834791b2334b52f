/** The gallery of a project. Its address says what is shown: filter, order, saved view. */
import { useFoveal } from '@foveal/client/react'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { type ReactElement, useCallback, useMemo, useState } from 'react'
import { useProject } from '../app/project'
import { type GalleryState, readAddress, writeAddress } from './address'
import { Browser } from './browser'
import { forgetCollections, useCollection } from './use-collection'

export type Change = (change: Partial<GalleryState>, how?: 'push' | 'replace') => void

export function GalleryScreen(): ReactElement {
  const session = useFoveal()
  const { project } = useProject()
  const search = useSearch({ from: '/p/$project/assets' })
  const navigate = useNavigate()
  // What is drawn over the pictures or on a map changes neither the assets nor their selection.
  const { labels, map, ...which } = search
  const address = JSON.stringify(which)
  // biome-ignore lint/correctness/useExhaustiveDependencies: the texts stand for the search parameters
  const state = useMemo(() => readAddress(search), [address, String(labels), String(map)])
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
