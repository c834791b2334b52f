/** Locks of uploads: of the tabs that share a queue, one sends a file. */

/** Take the lock of an upload and return its release; undefined when another tab holds it. */
export function lockUpload(key: string): Promise<(() => void) | undefined> {
  return new Promise((resolve, reject) => {
    if (typeof navigator === 'undefined' || !navigator.locks) {
      resolve(() => {})
      return
    }
    navigator.locks
      .request(`foveal-upload:${key}`, { ifAvailable: true }, (lock) => {
        if (!lock) {
          resolve(undefined)
          return
        }
        return new Promise<void>((release) => resolve(release))
      })
      .catch(reject)
  })
}
