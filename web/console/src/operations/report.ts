/** Sum of the steps of a comparison. */
import type { Step } from './queries'

const SHOWN = 20

export interface Report {
  keys: number
  recent: number
  differing: number
  examples: Step['examples']
  isRepair: boolean
  isComplete: boolean
}

export const EMPTY: Report = { keys: 0, recent: 0, differing: 0, examples: [], isRepair: false, isComplete: false }

export function added(sum: Report, step: Step): Report {
  const differing = Object.values(step.drift).reduce((all, each) => all + each, 0)
  return {
    ...sum,
    keys: sum.keys + step.keys,
    recent: sum.recent + step.recent,
    differing: sum.differing + differing,
    examples: [...sum.examples, ...step.examples].slice(0, SHOWN),
    isComplete: step.next_token === null,
  }
}

/** The keys of a project; of all of them where none is named. */
export const prefixOf = (project: string): string => (project.trim() ? `media/${project.trim()}/` : 'media/')
