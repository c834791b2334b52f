// The same bytes in every browser and in Python: byte i is (i * 31 + seed) mod 251.
export function file(name, type, size, seed) {
  const bytes = new Uint8Array(size)
  const period = 251
  for (let i = 0; i < Math.min(size, period); i += 1) bytes[i] = (i * 31 + seed) % 251
  for (let filled = period; filled < size; filled *= 2) bytes.copyWithin(filled, 0, Math.min(filled, size - filled))
  return new File([bytes], name, { type, lastModified: 1_700_000_000_000 })
}

export function record(uppy) {
  window.uppy = uppy
  window.seen = { success: [], errors: [], parts: 0, restored: false }
  uppy.on('upload-success', (each, answer) => window.seen.success.push({ name: each.name, url: answer.uploadURL }))
  uppy.on('upload-error', (each, error) => window.seen.errors.push(error.message))
  uppy.on('s3-multipart:part-uploaded', () => (window.seen.parts += 1))
  uppy.on('complete', ({ successful, failed }) => (window.seen.complete = { successful, failed }))
  uppy.on('restored', () => (window.seen.restored = true))
}
