/** What the map asks the API: where all assets are, and how many there are in each cell of the view. */
import type { Client } from '@foveal/client'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import type { GalleryState } from '../address'
import { withArea } from '../filter/area'
import { questionOf } from '../scroll/api'
import { type Cell, extentOfBoxes, gridOf } from './cells'
import type { Extent, Size, View } from './projection'

/** Cells of this size tell where a project's assets are. */
const COARSE_DEGREES = 15

export interface Everywhere {
  /** Assets that the filter finds, its area left out. */
  all: number
  /** Those with a position. */
  placed: number
  extent: Extent | undefined
}

/** An area does not narrow the map, so that one sees what lies beside it. */
const questionFor = (state: GalleryState) => questionOf({ ...state, filter: withArea(state.filter, []) })

async function aggregated(client: Client, project: string, body: object, signal: AbortSignal) {
  const { aggregates } = await client.request('POST /v1/projects/{project}/assets/aggregate', {
    path: { project },
    body: body as never,
    signal,
  })
  return aggregates as unknown as { all: { count: number }; places: { cells: Cell[] } }
}

/** Return how many assets have a position, and the extent of all of them. */
export function useEverywhere(client: Client, project: string, state: GalleryState) {
  const question = questionFor(state)
  return useQuery({
    queryKey: ['counts', project, 'everywhere', question],
    queryFn: async ({ signal }): Promise<Everywhere> => {
      const aggregates = { all: { count: {} }, places: { grid: { degrees: COARSE_DEGREES } } }
      const { all, places } = await aggregated(client, project, { ...question, aggregates }, signal)
      const placed = places.cells.reduce((sum, { count }) => sum + count, 0)
      return { all: all.count, placed, extent: extentOfBoxes(places.cells.map(({ bbox }) => bbox)) }
    },
    retry: false,
  })
}

/** Return the cells of a view; those of the view before until they are there. */
export function useCells(client: Client, project: string, state: GalleryState, view: View | undefined, size: Size) {
  const question = questionFor(state)
  const grid = view && gridOf(view, size)
  return useQuery({
    queryKey: ['counts', project, 'places', question, grid],
    queryFn: async ({ signal }): Promise<Cell[]> => {
      const { places } = await aggregated(client, project, { ...question, aggregates: { places: { grid } } }, signal)
      return places.cells
    },
    enabled: grid !== undefined,
    placeholderData: keepPreviousData,
    retry: false,
  })
}
