/** Work on a selection: edits by filter in calls of the API's size, and what is done asset by asset. */
import type { Client, Filter } from '@foveal/client'
import { ANY_STATUS } from '../../app/statuses'
import { sentenceOf } from '../../ui/notice'
import { countOf, narrowed, type Question } from '../scroll/api'
import { MAX_EXCEPT, type Selection } from './selection'

/** Ids that one condition takes; assets that a page of ids has; requests at the same time. */
const MAX_IDS = 1000
const PAGE = 500
const MAX_PARALLEL = 4
/** Deletions and restorations reach the catalog by events of the bucket: how often it is asked, and how long. */
const SETTLED_EVERY_MS = 500
const MAX_SETTLING_MS = 15_000
/** Last assets that were changed, which are waited for; those before them are mostly there then. */
const WAITED_FOR = 100

export interface Edit {
  add_tags?: string[]
  remove_tags?: string[]
  set_attributes?: Record<string, string | number | boolean>
  unset_attributes?: string[]
}

export interface Outcome {
  changed: number
  /** Assets that were looked at. */
  done: number
  failed: number
  /** Reason of the first that failed, in the server's words. */
  reason?: string
  /** Assets that lack the tag after all, because they have as many as an asset may have. */
  full?: number
}

export interface Work {
  client: Client
  project: string
  selection: Selection
  question: Question
  signal: AbortSignal
  onProgress: (outcome: Outcome) => void
}

/** Return the questions that find the selected assets, each of a size that the API takes. */
export function questionsOf(selection: Selection, question: Question): Question[] {
  if (selection.kind === 'all') {
    const except = [...selection.except].slice(0, MAX_EXCEPT)
    return [except.length === 0 ? question : narrowed(question, { field: 'asset_id', not_in: except })]
  }
  const ids = [...selection.ids]
  const parts: Question[] = []
  for (let from = 0; from < ids.length; from += MAX_IDS)
    parts.push({ filter: { and: [{ field: 'asset_id', in: ids.slice(from, from + MAX_IDS) }, ANY_STATUS] } as Filter })
  return parts
}

/** Change tags or attributes of all that is selected. Rejects with the API's error; what was changed until then stays. */
export async function edit(work: Work, change: Edit): Promise<Outcome> {
  const { client, project, signal, onProgress } = work
  const outcome: Outcome = { changed: 0, done: 0, failed: 0 }
  const questions = questionsOf(work.selection, work.question)
  for (const question of questions) {
    let token: string | null | undefined
    do {
      const answer = await client.request('POST /v1/projects/{project}/assets/edit', {
        path: { project },
        body: { ...question, ...change, ...(token ? { next_token: token } : {}) } as never,
        signal,
      })
      outcome.done += answer.matched
      outcome.changed += answer.modified
      token = answer.next_token
      onProgress({ ...outcome })
    } while (token)
  }
  const [tag] = change.add_tags ?? []
  if (tag !== undefined && outcome.changed < outcome.done) {
    const lacking = questions.map((each) => narrowed(each, { not: { field: 'tags', eq: tag } }))
    const counts = await Promise.all(lacking.map((each) => countOf(client, project, each, signal)))
    outcome.full = counts.reduce((sum, each) => sum + each, 0)
  }
  return outcome
}

/** Return the ids of all that is selected, page by page. */
export async function* idsOf({ client, project, selection, question, signal }: Work): AsyncGenerator<string[]> {
  if (selection.kind === 'some') {
    yield [...selection.ids]
    return
  }
  const [asked] = questionsOf(selection, question)
  let token: string | null | undefined
  do {
    const page = await client.request('POST /v1/projects/{project}/assets/search', {
      path: { project },
      body: { ...asked, limit: PAGE, fields: ['status'], ...(token ? { next_token: token } : {}) },
      signal,
    })
    yield page.items.map(({ asset_id }) => asset_id)
    token = page.next_token
  } while (token)
}

/**
 * Do something to each selected asset; one that fails stops nothing.
 *
 * `before` finds assets that the catalog does not show as changed yet: it is waited until there are none, for a while.
 */
export async function each(work: Work, act: (assetId: string) => Promise<unknown>, before?: Filter): Promise<Outcome> {
  const outcome: Outcome = { changed: 0, done: 0, failed: 0 }
  const changed: string[] = []
  for await (const ids of idsOf(work)) {
    const left = ids[Symbol.iterator]()
    const worker = async () => {
      for (const id of left) {
        work.signal.throwIfAborted()
        try {
          await act(id)
          outcome.changed += 1
          if (before && changed.push(id) > WAITED_FOR) changed.shift()
        } catch (error) {
          work.signal.throwIfAborted()
          outcome.failed += 1
          outcome.reason ??= sentenceOf(error)
        }
        outcome.done += 1
        work.onProgress({ ...outcome })
      }
    }
    await Promise.all(Array.from({ length: MAX_PARALLEL }, worker))
  }
  if (before && changed.length > 0)
    await settled(work, { filter: { and: [{ field: 'asset_id', in: changed }, before] } as Filter })
  return outcome
}

async function settled({ client, project, signal }: Work, question: Question): Promise<void> {
  const end = Date.now() + MAX_SETTLING_MS
  while (Date.now() < end && (await countOf(client, project, question, signal)) > 0)
    await new Promise((resolve) => setTimeout(resolve, SETTLED_EVERY_MS))
}

/** Return the signed URLs of the originals of what is selected, one in a line, and how many could not be had. */
export async function links(work: Work): Promise<{ urls: string[]; outcome: Outcome }> {
  const urls: string[] = []
  const outcome: Outcome = { changed: 0, done: 0, failed: 0 }
  for await (const ids of idsOf(work))
    for (let from = 0; from < ids.length; from += MAX_IDS) {
      const part = ids.slice(from, from + MAX_IDS)
      const { downloads } = await work.client.request('POST /v1/projects/{project}/downloads', {
        path: { project: work.project },
        body: { asset_ids: part, variant: 'original', disposition: 'attachment' },
        signal: work.signal,
      })
      for (const found of downloads) {
        outcome.done += 1
        if ('problem' in found) {
          outcome.failed += 1
          outcome.reason ??= found.problem.detail
        } else {
          outcome.changed += 1
          urls.push(found.url)
        }
      }
      work.onProgress({ ...outcome })
    }
  return { urls, outcome }
}
