/** Files of a drop or a folder, of folders in folders too; their bytes are not read. Hidden files are left out. */
import type { UploadSource } from './source.js'

/** A member that the types of browsers do not know yet. */
interface DroppedItem extends DataTransferItem {
  getAsFileSystemHandle?(): Promise<FileSystemHandle | null>
}

/**
 * Return the files of a drop, as handles where the browser has them, so that they outlive a reload without a copy.
 *
 * Call it within the event handler: the browser empties the list afterwards.
 */
export async function droppedFiles(transfer: DataTransfer): Promise<UploadSource[]> {
  const items = [...transfer.items].filter((item) => item.kind === 'file') as DroppedItem[]
  const dropped = items.map((item) => ({
    file: item.getAsFile(),
    entry: item.webkitGetAsEntry?.() ?? null,
    handle: item.getAsFileSystemHandle?.().catch(() => null),
  }))
  const found: UploadSource[] = []
  for (const { file, entry, handle } of dropped) {
    const opened = await handle
    if (opened?.kind === 'directory')
      for await (const each of folderFiles(opened as FileSystemDirectoryHandle)) found.push(each)
    else if (opened) found.push(opened as FileSystemFileHandle)
    else if (entry?.isDirectory)
      for await (const each of entryFiles(entry as FileSystemDirectoryEntry)) found.push(each)
    else if (file) found.push(file)
  }
  return found
}

/** Yield the files of a folder that a person chose (`showDirectoryPicker`), as handles with their paths. */
export async function* folderFiles(
  folder: FileSystemDirectoryHandle,
  path: string = folder.name,
): AsyncGenerator<UploadSource> {
  for await (const each of folder.values()) {
    if (each.name.startsWith('.')) continue
    const inside = `${path}/${each.name}`
    if (each.kind === 'directory') yield* folderFiles(each as FileSystemDirectoryHandle, inside)
    else yield { file: each as FileSystemFileHandle, path: inside }
  }
}

/** Yield the files of a folder where the browser has no handles. */
async function* entryFiles(folder: FileSystemDirectoryEntry): AsyncGenerator<UploadSource> {
  const reader = folder.createReader()
  for (;;) {
    const entries = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject))
    if (entries.length === 0) return // a call returns some of the entries, the last one none
    for (const each of entries) {
      if (each.name.startsWith('.')) continue
      if (each.isDirectory) yield* entryFiles(each as FileSystemDirectoryEntry)
      else yield { file: await fileOf(each as FileSystemFileEntry), path: each.fullPath.replace(/^\//, '') }
    }
  }
}

const fileOf = (entry: FileSystemFileEntry): Promise<File> =>
  new Promise((resolve, reject) => entry.file(resolve, reject))
