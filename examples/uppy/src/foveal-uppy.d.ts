// Types of foveal-uppy.js, for Uppy 6.
import type { AwsS3Options } from '@uppy/aws-s3'
import type { Body, Meta, Uppy } from '@uppy/core'

// `uppy.use` takes options of the general types only, whatever the types of its Uppy are.
type SignedOptions = Extract<AwsS3Options<any, any>, { signRequest: unknown }>
export type AttributeValue = string | number | boolean | null

/** Members of `file.meta` that reach the asset, and those that the helper keeps there. */
export interface FovealMeta extends Meta {
  tags?: string[]
  attributes?: Record<string, AttributeValue | AttributeValue[]>
  idempotencyKey?: string
  assetId?: string
}

/** `file.response.body` of an upload; `status` is there after `waitUntilReady`. */
export interface FovealBody extends Body {
  location: string
  key: string
  asset_id: string
  status?: 'ready' | 'failed' | 'quarantined' | 'deleted' | 'pending' | 'unknown'
}

export interface Connection {
  /** Address of the API, without a slash at its end. */
  apiUrl: string
  /** Returns an access token that is valid now. */
  getToken: () => Promise<string>
}

/** Returns the size in bytes of the parts of a file. */
export function partSize(size: number): number

/** Returns options for `uppy.use(AwsS3, foveal(uppy, options))`. */
export function foveal<M extends Meta, B extends Body>(
  uppy: Uppy<M, B>,
  options: Connection & { project: string; multipartAbove?: number },
): SignedOptions

/** Keeps each file incomplete until its asset is ready, and turns it into an error otherwise. */
export function waitUntilReady<M extends Meta, B extends Body>(
  uppy: Uppy<M, B>,
  options: Connection & { timeoutMs?: number; limit?: number },
): void

/** Sends parts that stall once more. Returns a function that ends the watch. */
export function watchForStalls<M extends Meta, B extends Body>(uppy: Uppy<M, B>, stalledAfterMs?: number): () => void
