import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: { include: ['packages/*/tests/**/*.test.{ts,tsx}'], testTimeout: 20_000, maxWorkers: 2 },
})
