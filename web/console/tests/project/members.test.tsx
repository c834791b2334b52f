// @vitest-environment happy-dom
/** The card of members where an issuer of one's own gives the roles: its problem document is the API's (people tests). */
import { createClient } from '@foveal/client'
import { expect, test } from 'vitest'
import { type Reply, serve } from '../../../packages/client/tests/server.js'
import { Members } from '../../src/project/members'
import { setLocale } from '../../src/text/preferences'
import { shown, until } from '../page'
import problem from './roles-held-by-issuer.json'

async function clientOf(answer: Reply) {
  const { url } = await serve(() => answer)
  return createClient({ api: url, token: 'secret', retries: { max: 0 } })
}

const refusal = { status: 409, json: problem, headers: { 'content-type': 'application/problem+json' } }

test('the card says where members are managed, in the words of the server, and offers no invitation', async () => {
  const page = await shown(<Members />, await clientOf(refusal))
  await until(() => expect(page.textContent).toContain('Members are managed where people sign in'))
  expect(page.textContent).toContain(problem.detail)
  expect(page.textContent).toContain('roles')
  expect(page.querySelector('button')).toBeNull()
  expect(page.querySelector('[role=alert]')).toBeNull()
})

test('the card says so in German', async () => {
  setLocale('de')
  const page = await shown(<Members />, await clientOf(refusal))
  await until(() => expect(page.textContent).toContain('Mitglieder werden dort verwaltet, wo sie sich anmelden'))
  expect(page.textContent).toContain(problem.detail)
})

test('another refusal is an error that can be tried again', async () => {
  const denied = { ...problem, code: 'AccessDenied', status: 403, detail: 'Only admins.' }
  const page = await shown(<Members />, await clientOf({ ...refusal, status: 403, json: denied }))
  await until(() => expect(page.textContent).toContain('Only admins.'))
  expect(page.textContent).not.toContain('Members are managed where people sign in')
})
