// @vitest-environment happy-dom
import type { Client } from '@foveal/client'
import { type ReactElement, useState } from 'react'
import { expect, test } from 'vitest'
import { readAddress } from '../../src/gallery/address'
import { FACETS } from '../../src/gallery/filter/facets'
import { useCounts } from '../../src/gallery/filter/use-counts'
import { press, shown, until } from '../page'

const TAGS = FACETS.filter(({ id }) => id === 'tags')
const STATE = readAddress({})

function Tags({ client }: { client: Client }): ReactElement {
  const [isGalleryKnown, setKnown] = useState(false)
  const counts = useCounts(client, 'zoo', STATE, TAGS, new Set(), isGalleryKnown).get('tags')
  return (
    <button type="button" onClick={() => setKnown(true)}>
      {counts?.isCounting ? 'counting' : JSON.stringify(counts?.result)}
    </button>
  )
}

test('facets are counted after the gallery has what it asked for', async () => {
  const asked: string[] = []
  const client = {
    request: async (route: string) => {
      asked.push(route)
      return { aggregates: { tags: { counts: [] } } }
    },
  } as unknown as Client
  const host = await shown(<Tags client={client} />, client)
  await until(() => expect(host.textContent).toBe('counting'))
  expect(asked).toEqual([])
  await press('counting')
  await until(() => expect(host.textContent).toBe('{"counts":[]}'))
  expect(asked).toEqual(['POST /v1/projects/{project}/assets/aggregate'])
})
