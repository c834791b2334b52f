/** Files that were chosen and are not sent yet: checked one after another, kept while a person moves between pages. */
import { openSource, type UploadSource } from '@foveal/client'
import { useSyncExternalStore } from 'react'
import type { AttributeValue } from '../ui/tag-field'
import { type Refusal, refusalOf, type UploadRules } from './rules'

export interface ChosenFile {
  /** The same for the same file chosen again. */
  fingerprint: string
  source: UploadSource
  name: string
  sizeBytes: number
}

export interface RefusedFile {
  id: string
  name: string
  sizeBytes: number
  refusal: Refusal
}

export interface Draft {
  files: readonly ChosenFile[]
  refused: readonly RefusedFile[]
  /** Whether files are still being looked at. */
  isReading: boolean
  tags: readonly string[]
  attributes: Readonly<Record<string, AttributeValue>>
}

const EMPTY: Draft = { files: [], refused: [], isReading: false, tags: [], attributes: {} }
/** Files that are looked at between two updates of the page. */
const LOOKED_AT_ONCE = 100

const drafts = new Map<string, Draft>()
const listeners = new Set<() => void>()

export const draftOf = (project: string): Draft => drafts.get(project) ?? EMPTY

export function changeDraft(project: string, change: Partial<Draft>): void {
  drafts.set(project, { ...draftOf(project), ...change })
  for (const listener of listeners) listener()
}

export function clearDraft(project: string): void {
  changeDraft(project, { files: [], refused: [] })
}

const subscribe = (listener: () => void) => {
  listeners.add(listener)
  return () => void listeners.delete(listener)
}

export const useDraft = (project: string): Draft => useSyncExternalStore(subscribe, () => draftOf(project))

let serial = 0

/** Look at files one by one and take them into the draft; a file that is in it already is left out. */
export async function choose(
  project: string,
  sources: Iterable<UploadSource> | AsyncIterable<UploadSource>,
  rules: UploadRules,
): Promise<void> {
  changeDraft(project, { isReading: true })
  const known = new Set(draftOf(project).files.map((each) => each.fingerprint))
  let files: ChosenFile[] = []
  let refused: RefusedFile[] = []
  const flush = () => {
    const before = draftOf(project)
    changeDraft(project, { files: [...before.files, ...files], refused: [...before.refused, ...refused] })
    files = []
    refused = []
  }
  try {
    for await (const source of sources) {
      const found = await look(source, rules)
      if ('refusal' in found) refused.push(found)
      else if (!known.has(found.fingerprint)) {
        known.add(found.fingerprint)
        files.push(found)
      }
      if (files.length + refused.length < LOOKED_AT_ONCE) continue
      flush()
      await new Promise((resolve) => setTimeout(resolve)) // the page paints
    }
  } finally {
    flush()
    changeDraft(project, { isReading: false })
  }
}

async function look(source: UploadSource, rules: UploadRules): Promise<ChosenFile | RefusedFile> {
  serial += 1
  const id = String(serial)
  try {
    const { blob, name, fingerprint } = await openSource(source)
    const refusal = refusalOf(blob, rules)
    if (refusal) return { id, name, sizeBytes: blob.size, refusal }
    return { fingerprint: fingerprint || id, source, name, sizeBytes: blob.size }
  } catch {
    return { id, name: nameOf(source), sizeBytes: 0, refusal: { code: 'unreadable' } }
  }
}

const nameOf = (source: UploadSource): string => ('path' in source ? source.path : source.name)
