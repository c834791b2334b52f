/** Annotations of the assets that are shown: asked for together, kept while the gallery is open. */
import type { Client } from '@foveal/client'
import type { Annotation } from '../../drawing'

/** Time in which assets that come into view join one request, assets of a request, annotations of a page. */
const JOIN_MS = 80
const MAX_ASSETS = 200
const PAGE = 5_000
const MAX_KEPT = 5_000

export interface AnnotationSource {
  /** Return the annotations of an asset. Rejects with the API's error. */
  of(assetId: string): Promise<readonly Annotation[]>
}

export function createSource(client: Client, project: string): AnnotationSource {
  const known = new Map<string, Promise<readonly Annotation[]>>()
  let waiting: { id: string; resolve: (found: Annotation[]) => void; reject: (error: unknown) => void }[] = []

  async function ask(batch: typeof waiting): Promise<void> {
    const found = new Map(batch.map(({ id }) => [id, [] as Annotation[]]))
    try {
      let token: string | null | undefined
      do {
        const page = await client.request('POST /v1/projects/{project}/annotations/search', {
          path: { project },
          body: { asset_ids: [...found.keys()], limit: PAGE, ...(token ? { next_token: token } : {}) },
        })
        for (const each of page.items) found.get(each.asset_id)?.push(each)
        token = page.next_token
      } while (token)
      for (const { id, resolve } of batch) resolve(found.get(id) ?? [])
    } catch (error) {
      for (const { id, reject } of batch) {
        known.delete(id)
        reject(error)
      }
    }
  }

  function flush(): void {
    const all = waiting
    waiting = []
    for (let from = 0; from < all.length; from += MAX_ASSETS) void ask(all.slice(from, from + MAX_ASSETS))
  }

  return {
    of(assetId) {
      const found = known.get(assetId)
      if (found) return found
      const asked = new Promise<readonly Annotation[]>((resolve, reject) => {
        if (waiting.length === 0) setTimeout(flush, JOIN_MS)
        waiting.push({ id: assetId, resolve, reject })
      })
      known.set(assetId, asked)
      for (const old of [...known.keys()].slice(0, Math.max(0, known.size - MAX_KEPT))) known.delete(old)
      return asked
    },
  }
}
