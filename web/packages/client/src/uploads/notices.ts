/** Notices of changes: a snapshot that is the same until something changes, and listeners that are told now and then. */

const MIN_NOTICE_MS = 50

export class Notices<Item> {
  snapshot: readonly Item[] = []
  readonly #read: () => Item[]
  readonly #listeners = new Set<() => void>()
  #isDue = false

  constructor(read: () => Item[]) {
    this.#read = read
  }

  /** Tell the listeners soon, once for all changes until then. */
  announce(): void {
    if (this.#isDue) return
    this.#isDue = true
    setTimeout(() => this.tell(), MIN_NOTICE_MS)
  }

  /** Tell the listeners now. */
  tell(): void {
    this.#isDue = false
    this.snapshot = this.#read()
    for (const listener of [...this.#listeners]) listener()
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  /** Wait until a look at the items returns something. Rejects with what it throws. */
  when<T>(look: () => T | undefined): Promise<T> {
    return new Promise((resolve, reject) => {
      const attempt = () => {
        try {
          const found = look()
          if (found === undefined) return
          resolve(found)
        } catch (error) {
          reject(error)
        }
        this.#listeners.delete(attempt)
      }
      this.#listeners.add(attempt)
      attempt()
    })
  }
}
