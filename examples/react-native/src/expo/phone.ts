/** The phone by Expo's modules: iCloud originals, part files, and uploads that the system carries on (iOS). */
import { Directory, File, FileMode, Paths, type UploadTask } from 'expo-file-system'
import { getAssetInfoAsync } from 'expo-media-library/legacy'
import { addNetworkStateListener, getNetworkStateAsync, type NetworkState, NetworkStateType } from 'expo-network'
import type { Phone, Transfer } from '../queue/types.ts'

const BLOCK_BYTES = 4 * 1024 * 1024
/** Sources that are assets of the library, by their id; all others are addresses of files. */
export const LIBRARY = 'library:'

export class ExpoPhone implements Phone {
  /** Tasks have to be held: one that is released is cancelled. */
  readonly #tasks = new Map<string, UploadTask>()
  readonly #parts = new Directory(Paths.document, 'parts')
  readonly #onEnd: (transfer: Transfer) => void
  #network: NetworkState = {}

  constructor(onEnd: (transfer: Transfer) => void, onNetwork: () => void) {
    this.#onEnd = onEnd
    this.#parts.create({ intermediates: true, idempotent: true })
    const take = (state: NetworkState) => {
      this.#network = state
      onNetwork()
    }
    addNetworkStateListener(take)
    void getNetworkStateAsync().then(take)
  }

  async localFile(source: string) {
    const uri = source.startsWith(LIBRARY) ? await originalOf(source.slice(LIBRARY.length)) : source
    const file = new File(uri)
    if (!file.exists) throw new Error('it is no longer on this phone')
    return { uri, sizeBytes: file.size }
  }

  async cut(uri: string, start: number, sizeBytes: number, name: string) {
    const part = new File(this.#parts, name)
    if (part.exists) part.delete()
    part.create()
    const from = new File(uri).open(FileMode.ReadOnly)
    const to = part.open(FileMode.WriteOnly)
    try {
      from.offset = start
      for (let left = sizeBytes; left > 0; ) {
        const block = from.readBytes(Math.min(BLOCK_BYTES, left))
        if (!block.length) throw new Error('the file became shorter')
        to.writeBytes(block)
        left -= block.length
      }
    } finally {
      from.close()
      to.close()
    }
    return part.uri
  }

  async remove(uri: string) {
    const file = new File(uri)
    if (file.exists) file.delete()
  }

  send(id: string, fileUri: string, url: string, headers: Record<string, string>) {
    const task = new File(fileUri).createUploadTask(url, { httpMethod: 'PUT', headers, sessionType: 'background' })
    this.#tasks.set(id, task)
    const end = (status: number | null) => {
      // A task that was cancelled is in the map no longer, or another one is in its place.
      if (this.#tasks.get(id) !== task) return
      this.#tasks.delete(id)
      this.#onEnd({ id, status })
    }
    task.uploadAsync().then(
      (result) => end(result.status),
      () => end(null),
    )
  }

  cancel(id: string) {
    const task = this.#tasks.get(id)
    this.#tasks.delete(id)
    task?.cancel()
  }

  active() {
    return [...this.#tasks.keys()]
  }

  network() {
    return {
      isConnected: this.#network.isInternetReachable === true,
      isWifi: this.#network.type === NetworkStateType.WIFI,
    }
  }

  now() {
    return Date.now()
  }
}

/** Return the file of a photo of the library, after its original came down from iCloud. */
async function originalOf(id: string): Promise<string> {
  const info = await getAssetInfoAsync(id, { shouldDownloadFromNetwork: true })
  if (!info.localUri) throw new Error('it is no longer in the library, or not yet down from iCloud')
  return info.localUri.split('#')[0] ?? info.localUri
}
