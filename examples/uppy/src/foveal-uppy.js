const MIB = 1024 * 1024
const RETRY_AFTER_MS = [500, 1000, 2000, 4000]

// Uppy 6 sends the parts of a file one after another, so small parts cost round trips.
export const partSize = (size) => Math.max(16 * MIB, Math.ceil(size / 10_000 / MIB) * MIB)

// Options for `uppy.use(AwsS3, foveal(uppy, { apiUrl, project, getToken }))`.
export function foveal(uppy, { apiUrl, project, getToken, multipartAbove = 32 * MIB }) {
  const isMultipart = (file) => file.size > multipartAbove

  // What the API needs to know of a file before its first byte moves. The key lives with the file, also through a
  // reload, so that a repeated begin finds the same asset.
  function describe(file) {
    const key = file.meta.idempotencyKey ?? crypto.randomUUID()
    uppy.setFileMeta(file.id, { idempotencyKey: key })
    return {
      file_name: file.name,
      content_type: file.type || 'application/octet-stream',
      size_bytes: file.size,
      tags: file.meta.tags ?? [],
      attributes: file.meta.attributes ?? {},
      idempotency_key: key,
      ...(isMultipart(file) ? { part_size_bytes: partSize(file.size) } : {}),
    }
  }

  // Uppy does not retry a signer, so this does: when the network or the server is away, but not when the answer is no.
  async function sign(body) {
    for (let attempt = 0; ; attempt += 1) {
      const isLast = attempt === RETRY_AFTER_MS.length
      try {
        const answer = await fetch(`${apiUrl}/v1/projects/${project}/uploads/sign`, {
          method: 'POST',
          headers: { authorization: `Bearer ${await getToken()}`, 'content-type': 'application/json' },
          body: JSON.stringify(body),
          signal: AbortSignal.timeout(20_000),
        })
        if (answer.ok) return await answer.json()
        if (isLast || (answer.status < 500 && answer.status !== 429)) {
          throw Object.assign(new Error((await answer.json()).message), { isFinal: true })
        }
      } catch (error) {
        if (isLast || error.isFinal) throw error
      }
      await new Promise((resolve) => setTimeout(resolve, RETRY_AFTER_MS[attempt] * (0.5 + Math.random())))
    }
  }

  // Uppy keeps this object as the `response` of the file, and gives it to every listener of the event.
  uppy.on('upload-success', (file, response) => {
    Object.assign((response.body ??= {}), { asset_id: uppy.getFile(file.id)?.meta.assetId })
  })

  return {
    shouldUseMultipart: isMultipart,
    getChunkSize: ({ size }) => partSize(size),
    generateObjectKey: (file) => file.id,
    async signRequest(request) {
      const body = request.uploadId ? request : { ...request, file: describe(uppy.getFile(request.key)) }
      const signed = await sign(body)
      if (signed.asset_id) uppy.setFileMeta(request.key, { assetId: signed.asset_id })
      return { ...signed, url: new URL(signed.url, apiUrl).href }
    },
  }
}

// A file is complete for Uppy when its bytes are stored; what they are is known a moment later. This waits until each
// asset is ready, and otherwise turns the success into an error that says why. `response.body.status` is the status.
export function waitUntilReady(uppy, { apiUrl, getToken, timeoutMs = 10 * 60_000, limit = 6 }) {
  async function assetOf(file) {
    const until = Date.now() + timeoutMs
    for (let waitMs = 500; Date.now() < until; waitMs = Math.min(waitMs * 1.5, 5_000)) {
      await new Promise((resolve) => setTimeout(resolve, waitMs))
      try {
        const headers = { authorization: `Bearer ${await getToken()}` }
        const answer = await fetch(`${apiUrl}/v1/assets/${file.meta.assetId}`, { headers, cache: 'no-store' })
        if (answer.status >= 500 || answer.status === 429) continue
        const asset = await answer.json()
        if (!answer.ok) return { status: 'unknown', reason: asset.message }
        if (asset.status !== 'pending') return asset
      } catch {
        // The network is away; the next attempt will tell.
      }
    }
    return { status: 'pending', reason: 'the bytes are stored, and have not been read yet' }
  }

  async function settle(file) {
    uppy.emit('postprocess-progress', file, { mode: 'indeterminate', message: 'Reading the file' })
    const { status, reason, reason_detail: detail } = await assetOf(file)
    const known = uppy.getFile(file.id)
    if (!known) return // removed meanwhile
    const response = { ...known.response, body: { ...known.response?.body, status } }
    if (status === 'ready') {
      uppy.setFileState(file.id, { response })
    } else {
      // A retry is another upload, unless the first one only has not been read yet.
      if (status !== 'pending') uppy.setFileMeta(file.id, { idempotencyKey: undefined })
      const why = [status, reason, detail].filter(Boolean).join(', ')
      uppy.emit('upload-error', known, new Error(why), response)
    }
    uppy.emit('postprocess-complete', uppy.getFile(file.id))
  }

  uppy.addPostProcessor(async (fileIds) => {
    const waiting = fileIds.map((id) => uppy.getFile(id)).filter((file) => file && !file.error && file.meta.assetId)
    const workers = Array.from({ length: limit }, async () => {
      for (let file = waiting.shift(); file; file = waiting.shift()) await settle(file)
    })
    await Promise.all(workers)
  })
}

// Uppy 6 has no timeout that works: a connection that stalls would stall for ever. Pausing and resuming sends again
// only what is missing. Returns a function that ends the watch.
export function watchForStalls(uppy, stalledAfterMs = 60_000) {
  const movedAt = new Map()
  uppy.on('upload-progress', (file) => movedAt.set(file.id, Date.now()))
  const timer = setInterval(() => {
    for (const { id, progress, isPaused, error } of uppy.getFiles()) {
      const isRunning = progress.uploadStarted && !progress.uploadComplete && !isPaused && !error && navigator.onLine
      if (isRunning && Date.now() - (movedAt.get(id) ?? progress.uploadStarted) > stalledAfterMs) {
        movedAt.set(id, Date.now())
        uppy.pauseResume(id)
        uppy.pauseResume(id)
      }
    }
  }, Math.min(5_000, stalledAfterMs))
  return () => clearInterval(timer)
}
