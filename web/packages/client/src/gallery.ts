/** Galleries: the assets that a filter finds, page by page, each with the signed URL of one variant. */
import type { Client } from './client.js'
import { ApiError } from './errors.js'
import type { Answer, Filter, FoundAsset } from './routes.js'
import { createSigner, type SignedUrl, type Signer } from './signer.js'

const SEARCH = 'POST /v1/projects/{project}/assets/search'

export interface GalleryOptions {
  project: string
  /** What to find; every ready asset by default. */
  filter?: Filter
  /** A field, `-` before it for descending; `-created_at` by default. */
  sort?: string
  /** A saved view, whose filter must hold as well. */
  view?: string
  /** Only these fields of each asset; `asset_id` is always there. */
  fields?: string[]
  /** Assets of one page, 1 to 500; 100 by default. */
  pageSize?: number
  /** Variant whose URL each asset gets, `thumbnail` by default; null for no URLs. */
  variant?: string | null
  /** Signer that keeps the URLs; one of its own by default. */
  signer?: Signer
  /** Where to go on: `nextToken` of the page before. */
  nextToken?: string
  signal?: AbortSignal
}

export interface GalleryItem {
  asset: FoundAsset
  /** Undefined where the asset has none, for example because its rendition is still being made. */
  signed?: SignedUrl
  /** Why there is no URL. */
  problem?: ApiError
}

export interface GalleryPage {
  items: GalleryItem[]
  /** Undefined on the last page. */
  nextToken?: string
}

/**
 * Yield pages of assets until the filter finds no more. The URLs of a page are one call.
 *
 * Rejects with ApiError or NetworkError, and with the reason of `signal` when it is aborted.
 */
export async function* galleryPages(client: Client, options: GalleryOptions): AsyncGenerator<GalleryPage, void> {
  const { project, filter, sort, view, fields, pageSize = 100, variant = 'thumbnail', signal } = options
  const signer = options.signer ?? createSigner(client, { project })
  for (let nextToken: string | null | undefined = options.nextToken; nextToken !== null; ) {
    const page: Answer<typeof SEARCH> = await client.request(SEARCH, {
      path: { project },
      body: {
        limit: pageSize,
        ...(filter ? { filter } : {}),
        ...(sort ? { sort } : {}),
        ...(view ? { view } : {}),
        ...(fields ? { fields } : {}),
        ...(nextToken ? { next_token: nextToken } : {}),
      },
      signal,
    })
    const items = await Promise.all(page.items.map((asset) => withUrl(signer, asset, variant)))
    signal?.throwIfAborted()
    nextToken = page.next_token
    yield { items, ...(nextToken ? { nextToken } : {}) }
  }
}

/** Yield the assets that a filter finds, one by one; see `galleryPages`. */
export async function* gallery(client: Client, options: GalleryOptions): AsyncGenerator<GalleryItem, void> {
  for await (const page of galleryPages(client, options)) yield* page.items
}

async function withUrl(signer: Signer, asset: FoundAsset, variant: string | null): Promise<GalleryItem> {
  if (variant === null) return { asset }
  try {
    return { asset, signed: await signer.sign(asset.asset_id, variant) }
  } catch (error) {
    if (error instanceof ApiError) return { asset, problem: error }
    throw error
  }
}
