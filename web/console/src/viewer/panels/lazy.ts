/** Panels of forms, loaded after the picture and its labels are there; each shows nothing until then. */
import { lazy } from 'react'
import { loaded } from '../../ui/loaded'

const load = {
  made: () => loaded(() => import('./new')),
  selected: () => loaded(() => import('./selection')),
  shown: () => loaded(() => import('./shown')),
  history: () => loaded(() => import('./history')),
  conflict: () => loaded(() => import('./conflict')),
  window: () => loaded(() => import('../windowing/form')),
}

export const NewPanel = lazy(() => load.made().then((found) => ({ default: found.NewPanel })))
export const SelectionPanel = lazy(() => load.selected().then((found) => ({ default: found.SelectionPanel })))
export const ShownPanel = lazy(() => load.shown().then((found) => ({ default: found.ShownPanel })))
export const HistoryPanel = lazy(() => load.history().then((found) => ({ default: found.HistoryPanel })))
export const WindowForm = lazy(() => load.window().then((found) => ({ default: found.WindowForm })))
export const ConflictCard = lazy(() => load.conflict().then((found) => ({ default: found.ConflictCard })))

/** Load the panels of the first tab, so that none is waited for when something is selected, or edited by two. */
export function loadPanels(): void {
  void Promise.allSettled([load.made(), load.selected(), load.shown(), load.conflict()])
}
