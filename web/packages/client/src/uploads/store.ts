/** The queue on disk: IndexedDB in browsers, memory elsewhere, or a store of one's own. */

/** What is kept of an upload that is not finished. The bytes are kept beside it, where the browser has no handle. */
export interface StoredUpload {
  /** Idempotency key, made before the first attempt. */
  key: string
  /** API, project and subject: an upload is resumed by the one who began it, and by no other. */
  scope: string
  /** Name, size and time of the file: the same file, picked again, goes on. Empty where it has no time. */
  fingerprint: string
  /** Unix time in milliseconds; larger for each further upload, also within one. */
  addedAt: number
  fileName: string
  contentType: string
  sizeBytes: number
  /** Part of what the key stands for, like all that is sent at the begin: it never changes. */
  method: 'put' | 'multipart'
  tags: string[]
  attributes: Record<string, unknown>
  isPaused: boolean
  /** CRC-64/NVME in base64, once it is computed. */
  checksum?: string
  handle?: FileSystemFileHandle
}

export interface UploadStore {
  all(scope: string): Promise<StoredUpload[]>
  put(upload: StoredUpload): Promise<void>
  /** Keep the bytes of an upload. Rejects when there is no room. */
  putFile(key: string, file: Blob): Promise<void>
  file(key: string): Promise<Blob | undefined>
  /** Forget an upload and its bytes. */
  delete(key: string): Promise<void>
}

/** Return a store that ends with the process. */
export function memoryStore(): UploadStore {
  const uploads = new Map<string, StoredUpload>()
  const files = new Map<string, Blob>()
  return {
    all: async (scope) => [...uploads.values()].filter((each) => each.scope === scope),
    put: async (upload) => void uploads.set(upload.key, { ...upload }),
    putFile: async (key, file) => void files.set(key, file),
    file: async (key) => files.get(key),
    delete: async (key) => {
      uploads.delete(key)
      files.delete(key)
    },
  }
}

/** Return a store that outlives the page. The records are apart from the bytes, which are written once. */
export function indexedDbStore(name = 'foveal-uploads'): UploadStore {
  let opened: Promise<IDBDatabase> | undefined

  function open(): Promise<IDBDatabase> {
    opened ??= new Promise((resolve, reject) => {
      const request = indexedDB.open(name, 1)
      request.onupgradeneeded = () => {
        request.result.createObjectStore('uploads', { keyPath: 'key' })
        request.result.createObjectStore('files')
      }
      request.onsuccess = () => resolve(request.result)
      request.onerror = () => reject(request.error)
    })
    return opened
  }

  /** Run one transaction and return the result of its request once it is on disk. */
  async function run<T>(
    stores: string[],
    mode: IDBTransactionMode,
    work: (transaction: IDBTransaction) => IDBRequest<T>,
  ): Promise<T> {
    const database = await open()
    return new Promise((resolve, reject) => {
      const transaction = database.transaction(stores, mode)
      const request = work(transaction)
      transaction.oncomplete = () => resolve(request.result)
      transaction.onabort = () => reject(transaction.error)
    })
  }

  return {
    all: async (scope) => {
      const found = await run<StoredUpload[]>(['uploads'], 'readonly', (each) => each.objectStore('uploads').getAll())
      return found.filter((each) => each.scope === scope).sort((a, b) => a.addedAt - b.addedAt)
    },
    put: async (upload) => {
      await run(['uploads'], 'readwrite', (each) => each.objectStore('uploads').put(upload))
    },
    putFile: async (key, file) => {
      await run(['files'], 'readwrite', (each) => each.objectStore('files').put(file, key))
    },
    file: (key) => run<Blob | undefined>(['files'], 'readonly', (each) => each.objectStore('files').get(key)),
    delete: async (key) => {
      await run(['uploads', 'files'], 'readwrite', (each) => {
        each.objectStore('files').delete(key)
        return each.objectStore('uploads').delete(key)
      })
    },
  }
}

/** Return the store that fits where the code runs. */
export const defaultStore = (): UploadStore => (typeof indexedDB === 'undefined' ? memoryStore() : indexedDbStore())
