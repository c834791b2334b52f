/** Files as they are given: a File, a handle that outlives the page, or bytes with a name. */

export type UploadSource = File | FileSystemFileHandle | { blob: Blob; name: string }

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
  if ('getFile' in source) {
    const blob = await source.getFile()
    return { blob, name: blob.name, handle: source, fingerprint: fingerprintOf(blob) }
  }
  if ('blob' in source) return { ...source, fingerprint: '' }
  return { blob: source, name: source.name, fingerprint: fingerprintOf(source) }
}

/** Return the same text for the same file picked again. */
function fingerprintOf(file: File): string {
  return JSON.stringify([file.webkitRelativePath ?? '', file.name, file.size, file.lastModified])
}

/** Return the file of a handle, or undefined where the user has to allow it first (`isAsked`: now, by a gesture). */
export async function reopen(handle: FileSystemFileHandle, isAsked: boolean): Promise<OpenedSource | undefined> {
  const permissions = handle as Permissions
  const options = { mode: 'read' } as const
  let state = (await permissions.queryPermission?.(options)) ?? 'granted'
  if (state === 'prompt' && isAsked) state = (await permissions.requestPermission?.(options)) ?? state
  if (state !== 'granted') return undefined
  return openSource(handle).catch(() => undefined) // the file was moved or deleted, and has to be given again
}

/**
 * Return the files of a drop, as handles where the browser has them, so that they outlive a reload without a copy.
 *
 * Call it within the event handler: the browser empties the list afterwards.
 */
export async function droppedFiles(transfer: DataTransfer): Promise<UploadSource[]> {
  const items = [...transfer.items].filter((item) => item.kind === 'file')
  const opened = items.map(async (item) => {
    const file = item.getAsFile()
    const handle = await (
      item as { getAsFileSystemHandle?(): Promise<FileSystemHandle | null> }
    ).getAsFileSystemHandle?.()
    if (handle?.kind === 'directory') return null
    return (handle as FileSystemFileHandle | undefined) ?? file
  })
  return (await Promise.all(opened)).filter((each) => each !== null)
}
