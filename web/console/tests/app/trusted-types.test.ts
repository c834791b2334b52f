import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { ownScript } from '../../src/app/trusted-types'

beforeEach(() => {
  vi.stubGlobal('location', { origin: 'https://foveal.example', href: 'https://foveal.example/console/p/zoo/upload' })
  vi.stubEnv('BASE_URL', '/console/')
})
afterEach(() => {
  vi.unstubAllGlobals()
  vi.unstubAllEnvs()
})

it('lets the files of the console be scripts', () => {
  expect(ownScript('/console/assets/worker-1.js')).toBe('/console/assets/worker-1.js')
})

it.each([
  'https://evil.example/console/a.js',
  '/media/demo/a.jpg',
  'data:text/javascript,1',
  'blob:https://foveal.example/1',
  '/console/../media/a.js',
])('refuses %s', (url) => {
  expect(() => ownScript(url)).toThrow(TypeError)
})
