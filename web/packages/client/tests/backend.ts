/** A small Foveal and S3 on one real HTTP server, with the rules of uploads that a client relies on. */
import { createHash } from 'node:crypto'
import { crc64nvme } from '../src/checksum/index.js'
import type { BeginItem } from '../src/routes.js'
import { problem, type Received, type Reply, serve } from './server.js'

const PART = 1000

export interface Upload {
  id: string
  assetId: string
  fileName: string
  sizeBytes: number
  checksum: string | undefined
  isMultipart: boolean
  parts: Map<number, Buffer>
  stored?: Buffer
  status: 'pending' | 'ready' | 'failed' | 'deleted'
  reason?: string
}

/** Changes what happens to a request: a reply in the place of the real one, or undefined. */
export type Fault = (request: Received, backend: Backend) => Reply | undefined | Promise<Reply | undefined>

export class Backend {
  url = ''
  received: Received[] = []
  readonly byKey = new Map<string, Upload>()
  subject = 'ada'
  fault: Fault = () => undefined
  /** Verdict on the bytes. */
  judge: (upload: Upload) => string | undefined = () => undefined
  #serial = 0

  static async start(): Promise<Backend> {
    const backend = new Backend()
    const server = await serve(async (request) => (await backend.fault(request, backend)) ?? backend.#reply(request))
    backend.url = server.url
    backend.received = server.received
    return backend
  }

  get uploads(): Upload[] {
    return [...this.byKey.values()]
  }

  /** Requests whose method and path match, for example `PUT /s3`. */
  calls(start: string): Received[] {
    return this.received.filter((each) => `${each.method} ${each.path}`.startsWith(start))
  }

  #reply(request: Received): Reply | Promise<Reply> {
    const { method, path } = request
    const [route = '', , id = ''] = /^\/v1\/(uploads)\/([^/]+)/.exec(path) ?? [path]
    if (path === '/v1/me') return { json: { subject: this.subject, projects: [] } }
    if (path === '/v1/projects/zoo/uploads') return this.#begin(JSON.parse(request.body.toString()))
    if (path.endsWith('/assets/search')) return this.#search(JSON.parse(request.body.toString()))
    if (path.startsWith('/s3/')) return this.#put(request)
    const upload = this.uploads.find((each) => each.id === id)
    if (!route || !upload) return problem(404, 'NoSuchUpload')
    if (path.endsWith('/complete')) return this.#complete(upload)
    if (path.endsWith('/parts') && method === 'GET') return { json: this.#parts(upload) }
    if (path.endsWith('/parts')) {
      this.#serial += 1
      const { part_numbers } = JSON.parse(request.body.toString()) as { part_numbers: number[] }
      return { json: { ...this.#parts(upload), parts: part_numbers.map((part) => this.#signed(upload, part)) } }
    }
    if (method === 'DELETE') {
      upload.status = 'deleted'
      return { status: 204 }
    }
    return problem(404, 'NotFound')
  }

  #begin(body: { uploads: BeginItem[] }): Reply {
    const uploads = body.uploads.map((item) => {
      const key = String(item.idempotency_key)
      const known = this.byKey.get(key)
      if (item.content_type === 'text/html')
        return { problem: { status: 415, code: 'UnsupportedMediaType', detail: 'No.' } }
      this.#serial += 1
      const upload: Upload = known ?? {
        id: `upload-${this.#serial}`,
        assetId: `asset-${this.#serial}`,
        fileName: item.file_name,
        sizeBytes: item.size_bytes,
        checksum: item.checksum?.value,
        isMultipart: item.method === 'multipart',
        parts: new Map(),
        status: 'pending',
      }
      this.byKey.set(key, upload)
      const ids = { asset_id: upload.assetId, upload_id: upload.id, status: upload.status }
      const expires_at = new Date(Date.now() + 900_000).toISOString()
      if (!upload.isMultipart) {
        const url = `${this.url}/s3/${upload.id}?ticket=${this.#serial}`
        return { ...ids, method: 'put', url, headers: { 'content-type': 'image/png' }, expires_at }
      }
      const { part_size_bytes, part_count, missing_part_numbers } = this.#parts(upload)
      const parts = missing_part_numbers.slice(0, 4).map((part) => this.#signed(upload, part))
      return { ...ids, method: 'multipart', part_size_bytes, part_count, parts, expires_at }
    })
    return { status: 201, json: { uploads } }
  }

  #parts(upload: Upload) {
    const part_count = Math.ceil(upload.sizeBytes / PART)
    const all = Array.from({ length: part_count }, (_, index) => index + 1)
    return {
      upload_id: upload.id,
      part_size_bytes: PART,
      part_count,
      uploaded_parts: [],
      missing_part_numbers: all.filter((part) => !upload.parts.has(part)),
    }
  }

  #signed(upload: Upload, part_number: number) {
    const url = `${this.url}/s3/${upload.id}/${part_number}?ticket=${this.#serial}`
    return { part_number, size_bytes: PART, url }
  }

  async #put(request: Received): Promise<Reply> {
    const [, , id, number] = new URL(request.path, this.url).pathname.split('/')
    const upload = this.uploads.find((each) => each.id === id)
    if (!upload) return { status: 404, text: '<Error><Code>NoSuchUpload</Code></Error>' }
    if (number) {
      upload.parts.set(Number(number), request.body)
      return { status: 200 }
    }
    if (upload.stored) return { status: 412, text: '<Error><Code>PreconditionFailed</Code></Error>' }
    if (request.body.length !== upload.sizeBytes)
      return { status: 403, text: '<Error><Code>SignatureDoesNotMatch</Code></Error>' }
    const sum = await crc64nvme(new Blob([Uint8Array.from(request.body)]))
    if (upload.checksum && sum !== upload.checksum)
      return { status: 400, text: '<Error><Code>BadDigest</Code></Error>' }
    this.#store(upload, request.body)
    return { status: 200 }
  }

  #complete(upload: Upload): Reply {
    if (this.#parts(upload).missing_part_numbers.length > 0) return problem(400, 'IncompleteUpload')
    const parts = [...upload.parts].sort(([a], [b]) => a - b).map(([, bytes]) => bytes)
    this.#store(upload, Buffer.concat(parts))
    return { json: {} }
  }

  #store(upload: Upload, bytes: Buffer): void {
    upload.stored = bytes
    const reason = this.judge(upload)
    upload.status = reason ? 'failed' : 'ready'
    if (reason) upload.reason = reason
  }

  #search(body: { filter: { and: [{ in: string[] }, unknown] } }): Reply {
    const asked = new Set(body.filter.and[0].in)
    const found = this.uploads.filter((each) => asked.has(each.assetId) && each.status !== 'pending')
    const items = found.map(({ assetId, status, reason }) => ({
      asset_id: assetId,
      status,
      ...(reason ? { reason } : {}),
    }))
    return { json: { items, next_token: null } }
  }
}

export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')
