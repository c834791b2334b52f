/** Result of the gallery: the order in which the viewer goes on, kept in the tab. */

export interface GalleryResult {
  /** Assets in the gallery's order, as far as they are loaded. */
  ids: readonly string[]
  /** Search parameters of the gallery's address, to go back to it. */
  search: Record<string, unknown>
}

const key = (project: string): string => `foveal.result.${project}`

/** Remember what the gallery shows, until the tab is closed; it is called when an asset is opened. */
export function rememberResult(project: string, result: GalleryResult): void {
  try {
    sessionStorage.setItem(key(project), JSON.stringify(result))
  } catch {
    // Storage is full or forbidden: the order of creation is used.
  }
}

export function resultOf(project: string): GalleryResult | undefined {
  try {
    return JSON.parse(sessionStorage.getItem(key(project)) ?? 'null') ?? undefined
  } catch {
    return undefined
  }
}
