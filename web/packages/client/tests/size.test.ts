import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { expect, it } from 'vitest'

/** Bytes of an entry after gzip, as a bundler leaves it; hashing and peers are not counted. */
async function gzippedBytes(entry: string): Promise<number> {
  const entryPoint = new URL(`../dist/${entry}`, import.meta.url).pathname
  const bundled = await build({
    entryPoints: [entryPoint],
    bundle: true,
    minify: true,
    format: 'esm',
    write: false,
    external: ['./hash.js', 'react', 'react/jsx-runtime'],
  })
  return gzipSync(bundled.outputFiles[0]?.contents ?? '', { level: 9 }).length
}

it('is at most 12 kB without React and hashing', async () => {
  const bytes = await gzippedBytes('index.js')
  expect(bytes).toBeGreaterThan(3_000)
  expect(bytes).toBeLessThanOrEqual(12_000)
  console.log(`@foveal/client: ${bytes} bytes after gzip`)
})
