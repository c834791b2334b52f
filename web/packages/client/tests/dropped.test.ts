import { describe, expect, it } from 'vitest'
import { droppedFiles, openSource } from '../src/index.js'

const file = (name: string): File => new File(['abc'], name, { lastModified: 1 })

function handleOf(tree: Record<string, unknown> | null, name: string): unknown {
  if (!tree) return { kind: 'file', name, getFile: async () => file(name) }
  return {
    kind: 'directory',
    name,
    async *values() {
      for (const [each, inside] of Object.entries(tree)) yield handleOf(inside as null, each)
    },
  }
}

function entryOf(tree: Record<string, unknown> | null, name: string, above = ''): unknown {
  const fullPath = `${above}/${name}`
  if (!tree)
    return { name, fullPath, isDirectory: false, file: (resolve: (found: File) => void) => resolve(file(name)) }
  const entries = Object.entries(tree).map(([each, inside]) => entryOf(inside as null, each, fullPath))
  const pages = [entries.slice(0, 1), entries.slice(1), []]
  const readEntries = (resolve: (found: unknown[]) => void) => resolve(pages.shift() ?? [])
  return { name, fullPath, isDirectory: true, createReader: () => ({ readEntries }) }
}

const TREE = { 'a.png': null, '.DS_Store': null, deep: { 'a.png': null, 'b.png': null } }
const drop = (item: object): DataTransfer => ({ items: [{ kind: 'file', ...item }] }) as unknown as DataTransfer
const fingerprints = async (transfer: DataTransfer) =>
  (await Promise.all((await droppedFiles(transfer)).map(openSource))).map((each) => JSON.parse(each.fingerprint)[0])

describe('droppedFiles', () => {
  it('enters folders by handles, leaves hidden files out, and tells equal names apart by their paths', async () => {
    const transfer = drop({ getAsFile: () => null, getAsFileSystemHandle: async () => handleOf(TREE, 'trip') })
    expect(await fingerprints(transfer)).toEqual(['trip/a.png', 'trip/deep/a.png', 'trip/deep/b.png'])
  })

  it('enters folders where the browser has no handles, page by page', async () => {
    const transfer = drop({ getAsFile: () => null, webkitGetAsEntry: () => entryOf(TREE, 'trip') })
    expect(await fingerprints(transfer)).toEqual(['trip/a.png', 'trip/deep/a.png', 'trip/deep/b.png'])
  })

  it('returns the file itself where there is nothing else', async () => {
    const given = file('a.png')
    expect(await droppedFiles(drop({ getAsFile: () => given }))).toEqual([given])
  })
})
