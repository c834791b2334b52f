// @vitest-environment happy-dom
/** Creation of a project by an operator: the rule of names, the ways into it, and refusals in the server's words. */
import { createClient } from '@foveal/client'
import { expect, test } from 'vitest'
import { type Reply, serve } from '../../../packages/client/tests/server.js'
import { NewProject } from '../../src/app/new-project'
import { isProjectName } from '../../src/app/project-name'
import { press, shown, until, write } from '../page'
import elsewhere from '../project/roles-held-by-issuer.json'

const dialog = () => document.querySelector('[role=dialog]')

async function filled(created: Reply, projects: object[] = []) {
  const server = await serve(({ path }) =>
    path === '/v1/me' ? { json: { subject: 'me', is_operator: true, projects } } : created,
  )
  await shown(<NewProject />, createClient({ api: server.url, token: 'secret', retries: { max: 0 } }))
  await press('New project')
  const [name, email] = dialog()?.querySelectorAll('input') ?? []
  await write(name as HTMLInputElement, 'new-zoo')
  await write(email as HTMLInputElement, 'ann@example.org')
  await press('Create the project')
  return server
}

test.each([
  ['zoo', true],
  ['z', true],
  ['0-zoo-1', true],
  ['a'.repeat(63), true],
  ['a'.repeat(64), false],
  ['Zoo', false],
  ['-zoo', false],
  ['zoo_1', false],
  ['zoo 1', false],
  ['', false],
])('the name %j is one: %s', (name, expected) => {
  expect(isProjectName(name)).toBe(expected)
})

test('a project that the caller has a role in is left by links to it and to its members', async () => {
  const server = await filled({ status: 201, json: { name: 'new-zoo', role: 'admin' } }, [
    { name: 'new-zoo', role: 'admin' },
  ])
  await until(() => expect(dialog()?.textContent).toContain('The project new-zoo is there'))
  expect(server.json(0)).toEqual({ name: 'new-zoo', admin_email: 'ann@example.org' })
  const links = [...(dialog()?.querySelectorAll('a') ?? [])].map((each) => [
    each.textContent,
    each.getAttribute('href'),
  ])
  expect(links).toEqual([
    ['Invite members', '/p/new-zoo/settings'],
    ['Open the project', '/p/new-zoo/assets'],
  ])
})

test('a project without a role of the caller says who opens it, and offers another sign-in', async () => {
  await filled({ status: 201, json: { name: 'new-zoo', role: null } })
  await until(() => expect(dialog()?.textContent).toContain('You have no role in it'))
  expect(dialog()?.textContent).toContain('ann@example.org')
  expect([...(dialog()?.querySelectorAll('button') ?? [])].map((each) => each.textContent)).toContain('Sign in again')
})

test('with an issuer of one’s own the server’s words say what opens a project there', async () => {
  await filled({ status: 409, json: elsewhere, headers: { 'content-type': 'application/problem+json' } })
  await until(() => expect(dialog()?.textContent).toContain('Projects come from where people sign in'))
  expect(dialog()?.textContent).toContain(elsewhere.detail)
  expect(dialog()?.querySelector('[role=alert]')).toBeNull()
})
