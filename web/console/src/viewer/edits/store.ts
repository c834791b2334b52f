/** Commands that the server has not acknowledged and steps of undo, kept in IndexedDB for each asset. */
import type { Command, Step } from './commands'

export interface Kept {
  pending: Command[]
  undo: Step[]
  redo: Step[]
}

export interface EditStore {
  load(key: string): Promise<Kept | undefined>
  save(key: string, kept: Kept): Promise<void>
}

const DATABASE = 'foveal-edits'
const TABLE = 'assets'

/** Return a store that survives a reload of the page. */
export function indexedDbEdits(): EditStore {
  let opened: Promise<IDBDatabase> | undefined
  const open = (): Promise<IDBDatabase> => {
    opened ??= new Promise((resolve, reject) => {
      const request = indexedDB.open(DATABASE, 1)
      request.onupgradeneeded = () => request.result.createObjectStore(TABLE)
      request.onsuccess = () => resolve(request.result)
      request.onerror = () => reject(request.error)
    })
    return opened
  }
  const run = async <T>(mode: IDBTransactionMode, act: (table: IDBObjectStore) => IDBRequest<T>): Promise<T> => {
    const table = (await open()).transaction(TABLE, mode).objectStore(TABLE)
    const request = act(table)
    return new Promise((resolve, reject) => {
      request.onsuccess = () => resolve(request.result)
      request.onerror = () => reject(request.error)
    })
  }
  return {
    load: (key) => run('readonly', (table) => table.get(key) as IDBRequest<Kept | undefined>),
    async save(key, kept) {
      const isEmpty = !kept.pending.length && !kept.undo.length && !kept.redo.length
      await run('readwrite', (table) => (isEmpty ? table.delete(key) : table.put(kept, key)) as IDBRequest<unknown>)
    },
  }
}

/** Return a store for tests and for browsers without IndexedDB. */
export function memoryEdits(): EditStore {
  const all = new Map<string, Kept>()
  return {
    load: async (key) => structuredClone(all.get(key)),
    async save(key, kept) {
      all.set(key, structuredClone(kept))
    },
  }
}
