/** The collection of an address: made once, and kept while one looks at an asset and comes back. */
import type { Client, Signer } from '@foveal/client'
import { useEffect, useMemo, useReducer } from 'react'
import type { GalleryState } from './address'
import { duplicateIds, similarIds } from './likeness/likeness'
import { listReader, searchReader, type Tile } from './scroll/api'
import { Collection } from './scroll/collection'

/** Collections that are kept, and for how long. */
const MAX_KEPT = 3
const KEPT_MS = 10 * 60_000
/** When to ask again after the network was announced, which often is before it carries anything. */
const AGAIN_MS = [0, 2_000, 8_000]

const kept = new Map<string, { collection: Collection<Tile>; madeAt: number }>()

/** Forget what is kept, so that the assets are read anew: after a change that an order or a filter may see. */
export function forgetCollections(): void {
  kept.clear()
}

function make(client: Client, signer: Signer, project: string, state: GalleryState): Collection<Tile> {
  const isDescending = state.sort.startsWith('-')
  if (state.similar || state.duplicates) {
    const list = state.similar ? similarIds(client, project, state) : duplicateIds(client, project, state)
    return new Collection(listReader(client, project, list), { hasHistogram: false, isDescending })
  }
  const hasHistogram = state.sort.replace(/^-/, '') !== 'file_name'
  return new Collection(searchReader(client, signer, project, state), { hasHistogram, isDescending })
}

/** Where assets and the URLs of their pictures come from. */
export interface Source {
  client: Client
  signer: Signer
}

/** Return the collection of an address: the one that is kept, or a new one that is asked for at once. */
export function collectionOf(
  { client, signer }: Source,
  project: string,
  state: GalleryState,
  address: string,
): Collection<Tile> {
  const key = `${project} ${address}`
  const found = kept.get(key)
  if (found && Date.now() - found.madeAt < KEPT_MS) return found.collection
  const made = make(client, signer, project, state)
  kept.delete(key)
  kept.set(key, { collection: made, madeAt: Date.now() })
  for (const old of [...kept.keys()].slice(0, -MAX_KEPT)) kept.delete(old)
  void made.open()
  return made
}

/** Return the collection of an address; it is read again when `edition` changes. */
export function useCollection(
  source: Source,
  project: string,
  state: GalleryState,
  address: string,
  edition: number,
): Collection<Tile> {
  const [, render] = useReducer((count: number) => count + 1, 0)
  // biome-ignore lint/correctness/useExhaustiveDependencies: the address stands for the state
  const collection = useMemo(
    () => collectionOf(source, project, state, address),
    [source.client, source.signer, project, address, edition],
  )
  useEffect(() => {
    const stop = collection.subscribe(render)
    let timers: number[] = []
    const online = () => {
      timers = AGAIN_MS.map((delay) => window.setTimeout(() => collection.retry(), delay))
    }
    window.addEventListener('online', online)
    render()
    return () => {
      stop()
      window.removeEventListener('online', online)
      for (const timer of timers) window.clearTimeout(timer)
      collection.rest()
    }
  }, [collection])
  return collection
}
