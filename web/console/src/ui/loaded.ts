/** Loading of a part of a screen whose code comes later: a lost connection delays it, and takes nothing else away. */

/** Pauses between attempts; after the last attempt the part has failed. */
const PAUSES_MS = [1_000, 4_000, 15_000, 30_000, 60_000]

/** Load a module, again where it does not arrive. Rejects with the error of the last attempt. */
export async function loaded<T>(load: () => Promise<T>): Promise<T> {
  for (const pause of PAUSES_MS) {
    try {
      return await load()
    } catch {
      await rest(pause)
    }
  }
  return load()
}

/** Wait for some time, and for the network where the browser knows that there is none. */
async function rest(milliseconds: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, milliseconds))
  if (!navigator.onLine) await new Promise((resolve) => addEventListener('online', resolve, { once: true }))
}
