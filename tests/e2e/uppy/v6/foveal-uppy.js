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

  return {
    shouldUseMultipart: isMultipart,
    getChunkSize: ({ size }) => partSize(size),
    generateObjectKey: (file) => file.id,
    async signRequest(request) {
      const body = request.uploadId ? request : { ...request, file: describe(uppy.getFile(request.key)) }
      const signed = await sign(body)
      return { ...signed, url: new URL(signed.url, apiUrl).href }
    },
  }
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
