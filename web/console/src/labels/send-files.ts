/** A new import: its label files are announced, sent to their tickets and read in a dry run. */
import type { Client } from '@foveal/client'

export interface LabelFile {
  name: string
  file: File
}

export interface NewImport {
  format: string | null
  field: string | null
  files: LabelFile[]
}

const AT_ONCE = 4

/** A file that S3 did not take. */
export class NotStored extends Error {
  override name = 'NotStored'
  readonly file: string
  readonly status: string

  constructor(file: string, status: string) {
    super(`${file}: ${status}`)
    this.file = file
    this.status = status
  }
}

/**
 * Begin an import, send its files and start the dry run. Returns the id of the import.
 *
 * Rejects with ApiError, NetworkError or NotStored. `onProgress` is called with the bytes of the files that are stored.
 */
export async function sendFiles(
  client: Client,
  project: string,
  { format, field, files }: NewImport,
  onProgress: (storedBytes: number) => void,
): Promise<string> {
  const begun = await client.request('POST /v1/projects/{project}/imports', {
    path: { project },
    body: { format, field, files: files.map(({ name, file }) => ({ name, size_bytes: file.size })) },
  })
  const waiting = begun.uploads.map((ticket) => ({
    ticket,
    file: files.find((each) => each.name === ticket.name)?.file,
  }))
  let storedBytes = 0
  async function sendNext(): Promise<void> {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const { ticket, file } = next
      if (!file) throw new NotStored(ticket.name, '404')
      const answer = await fetch(ticket.url, { method: ticket.method, headers: ticket.headers, body: file }).catch(
        (error: unknown) => Promise.reject(new NotStored(ticket.name, String(error))),
      )
      if (!answer.ok) throw new NotStored(ticket.name, `HTTP ${answer.status}`)
      storedBytes += file.size
      onProgress(storedBytes)
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, sendNext))
  const path = { import_id: begun.import.import_id }
  await client.request('POST /v1/imports/{import_id}/start', { path, body: { dry_run: true } })
  return path.import_id
}

/** Return the name of a label file within its import: its path without the folder that was chosen. */
export function nameOf(path: string): string {
  return path.includes('/') ? path.slice(path.indexOf('/') + 1) : path
}
