/** Adapter for Uppy 6 with `@uppy/aws-s3` in its mode `signRequest`: signing, tags, verdicts, stalls. */
import type { AwsS3Options } from '@uppy/aws-s3'
import type { Body, Meta, Uppy, UppyFile } from '@uppy/core'
import type { Client } from './client.js'
import { ApiError, UploadError } from './errors.js'
import type { AttributeValues, RequestOptions } from './routes.js'
import { errorOfAsset } from './uploads/outcome.js'
import { createVerdicts } from './uploads/verdicts.js'

const MIB = 2 ** 20
const SIGN = 'POST /v1/projects/{project}/uploads/sign'

/** `uppy.use` takes options of the general types only, whatever the types of its Uppy are. */
// biome-ignore lint/suspicious/noExplicitAny: these are the general types
type SignedOptions = Extract<AwsS3Options<any, any>, { signRequest: unknown }>
type SignBody = RequestOptions<typeof SIGN>['body']
// biome-ignore lint/suspicious/noExplicitAny: the metadata of any application
type AnyUppy = Uppy<any, any>
// biome-ignore lint/suspicious/noExplicitAny: the metadata of any application
type AnyFile = UppyFile<any, any>

/** Members of `file.meta` that reach the asset, and those that the adapter keeps there. */
export interface FovealMeta extends Meta {
  tags?: string[]
  attributes?: AttributeValues
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

export interface FovealOptions {
  client: Client
  project: string
  /** Files above this size are sent in parts; 33,554,432 bytes by default. */
  multipartAbove?: number
}

/** Return the size in bytes of the parts of a file. Uppy sends them one after another, so small ones cost time. */
export const partSize = (size: number): number => Math.max(16 * MIB, Math.ceil(size / 10_000 / MIB) * MIB)

/** Return options for `uppy.use(AwsS3, foveal(uppy, options))`. */
export function foveal<M extends Meta, B extends Body>(given: Uppy<M, B>, options: FovealOptions): SignedOptions {
  const uppy: AnyUppy = given
  const { client, project, multipartAbove = 32 * MIB } = options
  const isMultipart = (file: { size: number | null }) => (file.size ?? 0) > multipartAbove

  /**
   * Describe a file as the API needs it before the first byte is sent. The key lives with the file, also through a
   * reload, so that a repeated begin finds the same asset.
   */
  function describe(file: AnyFile) {
    const key: string = file.meta.idempotencyKey ?? crypto.randomUUID()
    uppy.setFileMeta(file.id, { idempotencyKey: key })
    return {
      file_name: file.name,
      content_type: file.type || 'application/octet-stream',
      size_bytes: file.size ?? 0,
      tags: file.meta.tags ?? [],
      attributes: file.meta.attributes ?? {},
      idempotency_key: key,
      ...(isMultipart(file) ? { part_size_bytes: partSize(file.size ?? 0) } : {}),
    }
  }

  // Uppy keeps this object as the `response` of the file, and gives it to every listener of the event.
  uppy.on('upload-success', (file, response) => {
    if (!file) return
    response.body ??= {}
    Object.assign(response.body, { asset_id: uppy.getFile(file.id)?.meta.assetId })
  })

  return {
    shouldUseMultipart: isMultipart,
    getChunkSize: ({ size }) => partSize(size ?? 0),
    generateObjectKey: (file) => file.id,
    async signRequest(request) {
      const isBegin = !('uploadId' in request && request.uploadId)
      const body = isBegin ? { ...request, file: describe(uppy.getFile(request.key)) } : request
      const signed = await client.request(SIGN, { path: { project }, body: body as unknown as SignBody })
      if (signed.asset_id) uppy.setFileMeta(request.key, { assetId: signed.asset_id })
      return { ...signed, url: new URL(signed.url, client.api).href } as never
    },
  }
}

/**
 * Keep each file incomplete until its asset is ready, and turn it into an error with its reason otherwise.
 *
 * A file is complete for Uppy when its bytes are stored; what they are is known a moment later. One search asks for all
 * files that wait, less and less often.
 */
export function waitUntilReady<M extends Meta, B extends Body>(
  given: Uppy<M, B>,
  { client, project, timeoutMs = 10 * 60_000 }: FovealOptions & { timeoutMs?: number },
): void {
  const uppy: AnyUppy = given
  const verdict = createVerdicts(client, project, timeoutMs)

  async function outcomeOf(assetId: string): Promise<{ status: string; why: string }> {
    try {
      const asset = await verdict(assetId, new AbortController().signal)
      const error = errorOfAsset(asset)
      const why = [asset.status, asset.reason, asset.reason_detail].filter(Boolean).join(', ')
      return { status: error ? (asset.status ?? 'unknown') : 'ready', why }
    } catch (error) {
      if (error instanceof UploadError) return { status: 'pending', why: `pending, ${error.message}` }
      return { status: 'unknown', why: `unknown, ${error instanceof ApiError ? error.detail : String(error)}` }
    }
  }

  async function settle(file: AnyFile): Promise<void> {
    uppy.emit('postprocess-progress', file, { mode: 'indeterminate', message: 'Reading the file' })
    const { status, why } = await outcomeOf(file.meta.assetId)
    const known = uppy.getFile(file.id)
    if (!known) return // removed meanwhile
    const response = { ...known.response, body: { ...known.response?.body, status } }
    if (status === 'ready') {
      uppy.setFileState(file.id, { response } as never)
    } else {
      // A retry is another upload, unless the first one only has not been read yet.
      if (status !== 'pending') uppy.setFileMeta(file.id, { idempotencyKey: undefined })
      uppy.emit('upload-error', known, new Error(why), response as never)
    }
    uppy.emit('postprocess-complete', uppy.getFile(file.id))
  }

  uppy.addPostProcessor(async (fileIds) => {
    const files = fileIds.map((id) => uppy.getFile(id))
    await Promise.all(files.filter((file) => file && !file.error && file.meta.assetId).map(settle))
  })
}

/**
 * Send parts that stall once more: pausing and resuming sends only what is missing. Returns the end of the watch.
 *
 * Uppy 6 has no timeout of its own that works: a connection that stalls would stall for ever.
 */
export function watchForStalls<M extends Meta, B extends Body>(given: Uppy<M, B>, stalledAfterMs = 60_000): () => void {
  const uppy: AnyUppy = given
  const movedAt = new Map<string, number>()
  uppy.on('upload-progress', (file) => {
    if (file) movedAt.set(file.id, Date.now())
  })
  const timer = setInterval(
    () => {
      for (const file of uppy.getFiles()) {
        const { id, progress, error } = file
        const isPaused = 'isPaused' in file && file.isPaused
        const { uploadStarted } = progress
        const isRunning = uploadStarted && !progress.uploadComplete && !isPaused && !error && navigator.onLine
        if (isRunning && Date.now() - (movedAt.get(id) ?? uploadStarted) > stalledAfterMs) {
          movedAt.set(id, Date.now())
          uppy.pauseResume(id)
          uppy.pauseResume(id)
        }
      }
    },
    Math.min(5_000, stalledAfterMs),
  )
  return () => clearInterval(timer)
}
