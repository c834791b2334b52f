import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vite'

const source = (path: string) => fileURLToPath(new URL(`../packages/client/src/${path}`, import.meta.url))

/** The console is built with the client's source, so that neither has to be built first. */
export const clientSource = [
  { find: '@foveal/client/react', replacement: source('react/index.ts') },
  { find: '@foveal/client', replacement: source('index.ts') },
]

/** Where `npm run dev` finds a stack: the address that `make up` prints, without `/console/`. */
const stack = process.env.FOVEAL_CONSOLE_STACK ?? 'http://127.0.0.1:4567'

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  base: '/console/',
  resolve: { alias: clientSource },
  build: {
    target: 'es2022',
    chunkSizeWarningLimit: 1_000, // tests/size.test.ts holds the budget
    manifest: true, // for the test of sizes; hidden files are not published
    assetsInlineLimit: 0, // the content security policy allows no data: in styles
    modulePreload: { polyfill: false },
    rolldownOptions: {
      output: {
        // One script up to the first gallery: each more is a request that the first picture waits for.
        codeSplitting: { groups: [{ name: 'start', tags: ['$initial'] }] },
      },
      onLog: (level, log, report) => {
        if (log.code !== 'MODULE_LEVEL_DIRECTIVE') report(level, log) // "use client" means nothing here
      },
    },
  },
  server: { proxy: { '/console/config.json': stack, '/v1': stack } },
})
