/** A new import: its label files are announced, sent to their tickets and read in a dry run. */
import { type Client, putFile } from '@foveal/client'

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

/** A file that did not reach S3; the cause says why. */
export class NotStored extends Error {
  override name = 'NotStored'
  readonly file: string

  constructor(file: string, cause: unknown) {
    super(file, { cause })
    this.file = file
  }
}

/**
 * Begin an import, send its files and start the dry run. Returns the id of the import.
 *
 * Rejects with ApiError, NetworkError or NotStored. `onProgress` is called with the bytes that have left.
 */
export async function sendFiles(
  client: Client,
  project: string,
  { format, field, files }: NewImport,
  onProgress: (sentBytes: number) => void,
): Promise<string> {
  const begun = await client.request('POST /v1/projects/{project}/imports', {
    path: { project },
    body: { format, field, files: files.map(({ name, file }) => ({ name, size_bytes: file.size })) },
  })
  const waiting = [...begun.uploads]
  const blobs = new Map(files.map(({ name, file }) => [name, file]))
  let sentBytes = 0
  const stop = new AbortController() // once a file is lost, the others need not be sent
  async function sendNext(): Promise<void> {
    for (let ticket = waiting.shift(); ticket; ticket = waiting.shift()) {
      const { name, url, headers } = ticket
      let ofThis = 0
      const tell = (bytes: number) => {
        sentBytes += bytes - ofThis
        ofThis = bytes
        onProgress(sentBytes)
      }
      try {
        const file = blobs.get(name)
        if (!file) throw new Error('The ticket is of another file.')
        await putFile(url, file, { headers, onProgress: tell, signal: stop.signal })
        tell(file.size)
      } catch (error) {
        stop.signal.throwIfAborted()
        const lost = new NotStored(name, error)
        stop.abort(lost)
        throw lost
      }
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
