/** Which annotations wait: by layer, label, author and confidence, with counts of what each choice leaves. */
import type { Client } from '@foveal/client'
import { useQuery } from '@tanstack/react-query'
import { type ReactElement, useEffect, useState } from 'react'
import { useAuthorWords } from '../app/author'
import { useApp } from '../app/context'
import { useFormats } from '../text/catalogue'
import { Select, Slider } from '../ui/field'
import { type Facet, type ReviewSearch, wantedOf } from './address'
import styles from './review.module.css'
import { texts } from './texts'

const ANY = ''
const NAMES = { field: 'field', label: 'label', author: 'created_by' } as const
const FACETS = Object.keys(NAMES) as Facet[]

type Counts = Record<Facet, { value: string; count: number }[]>

export interface FiltersProps {
  project: string
  search: ReviewSearch
  change: (changes: ReviewSearch) => void
  /** Whether they are shown on a narrow page. */
  isOpen: boolean
}

export function Filters({ project, search, change, isOpen }: FiltersProps): ReactElement {
  const text = texts.use()
  const { client } = useApp()
  const { number } = useFormats()
  const author = useAuthorWords()
  const { data } = useQuery({
    queryKey: ['review-facets', project, search],
    queryFn: ({ signal }) => countsOf(client, project, search, signal),
    placeholderData: (before) => before,
  })
  const names = { field: text.layer, label: text.label, author: text.author }
  const anyOf = { field: text.anyLayer, label: text.anyLabel, author: text.anybody }
  return (
    <div className={styles.filters} data-open={isOpen || undefined}>
      {FACETS.map((facet) => {
        const chosen = search[facet]
        const counted = data?.[facet] ?? []
        const absent = chosen && !counted.some(({ value }) => value === chosen) ? [{ value: chosen, count: 0 }] : []
        const words = (value: string) => (facet === 'author' ? author(value) : value)
        return (
          <Select
            key={facet}
            label={names[facet]}
            value={chosen ?? ANY}
            options={[
              { id: ANY, text: anyOf[facet] },
              ...[...absent, ...counted].map(({ value, count }) => ({
                id: value,
                text: `${words(value)} (${number(count)})`,
              })),
            ]}
            onChange={(value) => change({ [facet]: value || undefined } as ReviewSearch)}
          />
        )
      })}
      <Confidence label={text.from} value={search.from ?? 0} set={(from) => change({ from })} />
      <Confidence label={text.to} value={search.to ?? 1} set={(to) => change({ to })} />
    </div>
  )
}

function Confidence({ label, value, set }: { label: string; value: number; set: (value: number) => void }) {
  const [shown, setShown] = useState(value)
  useEffect(() => setShown(value), [value])
  return (
    <Slider
      label={label}
      value={shown}
      onChange={setShown}
      onChangeEnd={set}
      step={0.05}
      format={{ style: 'percent' }}
    />
  )
}

async function countsOf(client: Client, project: string, search: ReviewSearch, signal: AbortSignal): Promise<Counts> {
  const asked = FACETS.map((facet) => [
    facet,
    { annotation_counts: { by: [NAMES[facet]], where: wantedOf(search, facet), limit: 100 } },
  ])
  const { aggregates } = await client.request('POST /v1/projects/{project}/assets/aggregate', {
    path: { project },
    body: { aggregates: Object.fromEntries(asked) },
    signal,
  })
  const found = aggregates as Record<string, { counts: Record<string, string | number | null>[] }>
  const of = (facet: Facet) =>
    (found[facet]?.counts ?? []).flatMap((each) => {
      const value = each[NAMES[facet]]
      return typeof value === 'string' ? [{ value, count: Number(each.annotations) }] : []
    })
  return { field: of('field'), label: of('label'), author: of('author') }
}
