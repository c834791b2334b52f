import { defineConfig } from 'vitest/config'
import { clientSource } from './console/vite.config.js'

const react18 = (name: string) => new URL(`./checks/react-18/node_modules/${name}`, import.meta.url).pathname

export default defineConfig({
  test: {
    testTimeout: 20_000,
    maxWorkers: 2,
    projects: [
      {
        extends: true,
        test: { name: 'React 19', env: { REACT: '19' }, include: ['packages/*/tests/**/*.test.{ts,tsx}'] },
      },
      {
        extends: true,
        resolve: { alias: clientSource },
        test: { name: 'console', include: ['console/tests/**/*.test.{ts,tsx}'] },
      },
      {
        extends: true,
        resolve: { alias: { react: react18('react'), 'react-dom': react18('react-dom') } },
        test: { name: 'React 18', env: { REACT: '18' }, include: ['packages/client/tests/react.test.tsx'] },
      },
    ],
  },
})
