/** Budget of the built console: what a browser loads before each screen is shown, in kB after gzip. */
import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { expect, it } from 'vitest'

interface Chunk {
  file: string
  imports?: string[]
  css?: string[]
}

const dist = new URL('../dist/', import.meta.url)
const manifest = JSON.parse(readFileSync(new URL('.vite/manifest.json', dist), 'utf8')) as Record<string, Chunk>
const ENTRY = 'index.html'

/** Return the files of a chunk and of everything that it imports at once. */
function filesOf(name: string, seen = new Set<string>()): Set<string> {
  const chunk = manifest[name]
  if (!chunk) throw new Error(`${name} is not in the manifest: was the console built?`)
  for (const file of [chunk.file, ...(chunk.css ?? [])]) seen.add(file)
  for (const next of chunk.imports ?? []) if (!seen.has(manifest[next]?.file ?? '')) filesOf(next, seen)
  return seen
}

function kilobytes(files: Iterable<string>, suffix: string): number {
  const sizes = [...files]
    .filter((each) => each.endsWith(suffix))
    .map((each) => gzipSync(readFileSync(new URL(each, dist))).length)
  return sizes.reduce((sum, size) => sum + size, 0) / 1000
}

const gallery = filesOf(ENTRY) // the gallery is part of the start
const added = (screen: string) => [...filesOf(`src/${screen}/screen.tsx`)].filter((each) => !gallery.has(each))

it('loads at most 220 kB of scripts and 15 kB of styles for the first gallery', () => {
  expect(kilobytes(gallery, '.js')).toBeLessThan(220)
  expect(kilobytes(gallery, '.css')).toBeLessThan(15)
})

it('loads the first gallery in a handful of files: each is a request before the first picture', () => {
  expect(gallery.size).toBeLessThanOrEqual(3)
})

it.each([
  ['viewer', 60],
  ['upload', 45],
  ['review', 45],
  ['labels', 45],
  ['datasets', 45],
  ['project', 45],
])('adds for the %s screen at most %i kB', (screen, budget) => {
  expect(kilobytes(added(screen), '.js')).toBeLessThan(budget)
})

it('adds at most 15 kB for the map of the gallery, outlines of land aside', () => {
  const map = [...filesOf('src/gallery/map/screen.tsx')].filter((each) => !gallery.has(each))
  expect(kilobytes(map, '.js')).toBeLessThan(15)
})

it('adds at most 75 kB for the exact frames of a video', () => {
  const frames = [...filesOf('src/viewer/video/reader.ts')].filter((each) => !gallery.has(each))
  expect(kilobytes(frames, '.js')).toBeLessThan(75)
})
