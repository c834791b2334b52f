// @vitest-environment happy-dom
/** Assets that a malware scan holds back or blocks: words and ways on, by role; requests of release and rescan. */
import type { Asset } from '@foveal/client'
import { createClient } from '@foveal/client'
import { expect, test } from 'vitest'
import { serve } from '../../../packages/client/tests/server.js'
import { STATUSES } from '../../src/app/statuses'
import { HeldState } from '../../src/scans/held-state'
import { isLate, type ScanState, scanStateOf } from '../../src/scans/state'
import { texts, whyOf } from '../../src/scans/texts'
import { setLocale } from '../../src/text/preferences'
import { press, shown, until, write } from '../page'

const blocked = {
  asset_id: 'a1',
  project: 'zoo',
  status: 'quarantined',
  reason: 'malware',
  file_name: 'virus.jpg',
  scan: { version_id: 'v1', result: 'threats_found', threats: ['EICAR-Test-File'] },
} as unknown as Asset

const buttons = (page: HTMLElement) => [...page.querySelectorAll('button')].map((each) => each.textContent)

async function page(asset: Asset, role: 'viewer' | 'editor' | 'admin') {
  const server = await serve(() => ({ status: 202, json: { asset_id: 'a1', version_id: 'v1' } }))
  const client = createClient({ api: server.url, token: 'secret', retries: { max: 0 } })
  return {
    server,
    page: await shown(<HeldState asset={asset} state={scanStateOf(asset) as ScanState} />, client, role),
  }
}

test('the state of a scan follows from status and reason; other quarantines are none', () => {
  expect(scanStateOf({ status: 'scanning', reason: 'scan_pending' })).toBe('scanning')
  expect(scanStateOf({ status: 'quarantined', reason: 'malware' })).toBe('malware')
  expect(scanStateOf({ status: 'quarantined', reason: 'not_scanned' })).toBe('not_scanned')
  for (const status of STATUSES)
    if (status !== 'scanning') expect(scanStateOf({ status, reason: 'active' })).toBe(undefined)
})

test('a result is late after five minutes', () => {
  const scan = { version_id: 'v', result: 'pending', asked_at: '2026-11-30T12:00:00Z' } as const
  expect(isLate({ scan }, Date.parse('2026-11-30T12:04:00Z'))).toBe(false)
  expect(isLate({ scan }, Date.parse('2026-11-30T12:06:00Z'))).toBe(true)
  expect(isLate({}, Date.now())).toBe(false)
})

test.each([
  ['viewer', []],
  ['editor', ['Scan again']],
  ['admin', ['Release …', 'Scan again']],
] as const)('a %s is told of malware and offered what the API allows', async (role, offered) => {
  const { page: shownPage } = await page(blocked, role)
  expect(shownPage.textContent).toContain('Malware was found in this file')
  expect(shownPage.textContent).toContain('EICAR-Test-File')
  expect(buttons(shownPage)).toEqual(offered)
  expect(shownPage.textContent?.includes('Administrators of the project')).toBe(role !== 'admin')
})

test('each result has words of its own, in English and German', () => {
  for (const locale of ['en', 'de'] as const) {
    setLocale(locale)
    const results = ['unsupported', 'access_denied', 'failed']
    const told = results.map((result) => whyOf(texts.now(), 'not_scanned', { result }))
    expect(new Set(told).size).toBe(3)
  }
})

test('an admin scans again and releases with a note', async () => {
  const { server } = await page(blocked, 'admin')
  await press('Scan again')
  await until(() => expect(server.received.map(({ path }) => path)).toEqual(['/v1/assets/a1/rescan']))
  await press('Release …')
  const note = document.querySelector('[role=dialog] textarea') as HTMLTextAreaElement
  expect(document.querySelector('[role=dialog]')?.textContent).toContain('Release virus.jpg?')
  await write(note, ' a test file ')
  await press('Release')
  await until(() => expect(server.received).toHaveLength(2))
  expect([server.received[1]?.path, server.json(1)]).toEqual(['/v1/assets/a1/release', { note: 'a test file' }])
})
