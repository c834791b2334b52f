/** Files as they are given: a File, a handle that outlives the page, one of these in a folder, or bytes with a name. */

export type UploadSource = File | FileSystemFileHandle | FolderFile | { blob: Blob; name: string }

/** A file of a folder. Its path tells it from a file of the same name, size and time in another folder. */
export interface FolderFile {
  file: File | FileSystemFileHandle
  /** Path from the folder on, with the folder's name: `trip/day-1/0001.jpg`. */
  path: string
}

export interface OpenedSource {
  blob: Blob
  name: string
  handle?: FileSystemFileHandle
  fingerprint: string
}

/** Handles ask for permission; the types of browsers do not know these members yet. */
interface Permissions {
  queryPermission?(options: { mode: 'read' }): Promise<PermissionState>
  requestPermission?(options: { mode: 'read' }): Promise<PermissionState>
}

export async function openSource(source: UploadSource): Promise<OpenedSource> {
  if ('blob' in source) return { ...source, fingerprint: '' }
  return 'path' in source ? openFile(source.file, source.path) : openFile(source, '')
}

async function openFile(given: File | FileSystemFileHandle, path: string): Promise<OpenedSource> {
  if (!('getFile' in given)) return { blob: given, name: given.name, fingerprint: fingerprintOf(given, path) }
  const blob = await given.getFile()
  return { blob, name: blob.name, handle: given, fingerprint: fingerprintOf(blob, path) }
}

/** Return the same text for the same file given again, picked or dropped. */
function fingerprintOf(file: File, path: string): string {
  return JSON.stringify([path || (file.webkitRelativePath ?? ''), file.name, file.size, file.lastModified])
}

/**
 * Return the file of a handle, or undefined where the user has to allow it first (`isAsked`: now, by a gesture).
 *
 * The path is that of the fingerprint with which the file was added.
 */
export async function reopen(
  handle: FileSystemFileHandle,
  fingerprint: string,
  isAsked: boolean,
): Promise<OpenedSource | undefined> {
  const permissions = handle as Permissions
  const options = { mode: 'read' } as const
  let state = (await permissions.queryPermission?.(options)) ?? 'granted'
  if (state === 'prompt' && isAsked) state = (await permissions.requestPermission?.(options)) ?? state
  if (state !== 'granted') return undefined
  const [path] = JSON.parse(fingerprint) as [string]
  return openFile(handle, path).catch(() => undefined) // the file was moved or deleted, and has to be given again
}
