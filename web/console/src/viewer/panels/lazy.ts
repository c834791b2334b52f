/** Panels of forms, loaded after the picture and its labels are there; each shows nothing until then. */
import { lazy } from 'react'

export const NewPanel = lazy(() => import('./new').then((found) => ({ default: found.NewPanel })))
export const SelectionPanel = lazy(() => import('./selection').then((found) => ({ default: found.SelectionPanel })))
export const ShownPanel = lazy(() => import('./shown').then((found) => ({ default: found.ShownPanel })))
export const HistoryPanel = lazy(() => import('./history').then((found) => ({ default: found.HistoryPanel })))
