const MIB = 1024 * 1024
const partSize = (size) => Math.max(16 * MIB, Math.ceil(size / 10_000 / MIB) * MIB)

// Options for Uppy 5's `uppy.use(AwsS3, fovealFunctions(uppy, { apiUrl, project, getToken }))`.
export function fovealFunctions(uppy, { apiUrl, project, getToken }) {
  async function call(method, path, body, signal) {
    const answer = await fetch(`${apiUrl}/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${await getToken()}`, 'content-type': 'application/json' },
      body: body && JSON.stringify(body),
      signal,
    })
    const said = answer.status === 204 ? {} : await answer.json()
    if (!answer.ok) throw Object.assign(new Error(said.message), { source: { status: answer.status } })
    return said
  }

  // The key lives with the file, also through a reload, so that a repeated begin finds the same asset.
  async function begin(file, method, signal) {
    const key = file.meta.idempotencyKey ?? crypto.randomUUID()
    uppy.setFileMeta(file.id, { idempotencyKey: key })
    const item = { file_name: file.name, content_type: file.type ?? '', size_bytes: file.size, method }
    Object.assign(item, { tags: file.meta.tags ?? [], attributes: file.meta.attributes ?? {}, idempotency_key: key })
    if (method === 'multipart') item.part_size_bytes = partSize(file.size)
    const { uploads } = await call('POST', `/projects/${project}/uploads`, { uploads: [item] }, signal)
    if (uploads[0].problem) throw new Error(uploads[0].problem.message)
    uppy.setFileMeta(file.id, { assetId: uploads[0].asset_id })
    return uploads[0]
  }

  return {
    getChunkSize: (file) => partSize(file.size),
    async getUploadParameters(file, { signal }) {
      const { url, headers } = await begin(file, 'put', signal)
      return { method: 'PUT', url, headers }
    },
    async createMultipartUpload(file, signal) {
      const { upload_id: uploadId, asset_id: key } = await begin(file, 'multipart', signal)
      return { uploadId, key }
    },
    async signPart(file, { uploadId, partNumber, signal }) {
      const { parts } = await call('POST', `/uploads/${uploadId}/parts`, { part_numbers: [partNumber] }, signal)
      return { url: parts[0].url }
    },
    async listParts(file, { uploadId, signal }) {
      const { uploaded_parts: parts } = await call('GET', `/uploads/${uploadId}/parts`, undefined, signal)
      return parts.map((part) => ({ PartNumber: part.part_number, Size: part.size_bytes, ETag: part.etag }))
    },
    async completeMultipartUpload(file, { uploadId, signal }) {
      const { asset_id: assetId } = await call('POST', `/uploads/${uploadId}/complete`, undefined, signal)
      return { location: `${apiUrl}/v1/assets/${assetId}/content` }
    },
    async abortMultipartUpload(file, { uploadId, signal }) {
      await call('DELETE', `/uploads/${uploadId}`, undefined, signal)
    },
  }
}
