/** Tiles of a large picture on a canvas: those in view are loaded, the nearest to its middle first, and kept a while. */
import { type Size, shown, toScreen, type Viewport } from '../../drawing'
import { boundsOf, keyOf, levelAt, type Tile, type TileSource, tilesIn } from './layout'

export interface Picture {
  readonly width: number
  readonly height: number
  close(): void
}

export interface TileLayerOptions<P extends Picture> {
  source: TileSource
  /** Width of the picture that lies below the tiles. */
  baseWidth: number
  load: (tile: Tile, signal: AbortSignal) => Promise<P>
  /** Milliseconds after which a tile that failed is asked for again. */
  waitMs: (error: unknown) => number
}

/** Of 1 MB each. */
export const MAX_KEPT = 192
export const MAX_AT_ONCE = 4

export class TileLayer<P extends Picture = ImageBitmap> {
  private readonly kept = new Map<string, { tile: Tile; picture: P }>()
  private readonly loading = new Map<string, AbortController>()
  private readonly waiting = new Map<string, ReturnType<typeof setTimeout>>()
  private wanted: readonly Tile[] = []
  private listener: (() => void) | undefined

  constructor(private readonly options: TileLayerOptions<P>) {}

  /** Call the listener when there is more to draw. Returns the end of it. */
  watch(listener: () => void): () => void {
    this.listener = listener
    return () => {
      this.listener = undefined
    }
  }

  /** Number of tiles in view that are not there yet. */
  get missing(): number {
    return this.wanted.filter((tile) => !this.kept.has(keyOf(tile))).length
  }

  /** Number of tiles in memory. */
  get size(): number {
    return this.kept.size
  }

  /** Ask for the tiles of a view, and for no others any more; returns their level, undefined where none is needed. */
  look(viewport: Viewport, view: Size, ratio: number): number | undefined {
    const { source, baseWidth } = this.options
    const level = levelAt(source, viewport.scale * ratio, baseWidth)
    this.wanted = level === undefined ? [] : tilesIn(source, level, shown(viewport, view)).slice(0, MAX_KEPT)
    const keys = new Set(this.wanted.map(keyOf))
    for (const [key, end] of this.loading) if (!keys.has(key)) end.abort()
    for (const tile of this.wanted) this.touch(keyOf(tile))
    this.pump()
    return level
  }

  /** Draw the tiles that are there, coarse ones where finer ones are not. */
  draw(context: CanvasRenderingContext2D, viewport: Viewport, view: Size, ratio: number): number | undefined {
    const level = this.look(viewport, view, ratio)
    context.setTransform(1, 0, 0, 1, 0, 0)
    context.clearRect(0, 0, context.canvas.width, context.canvas.height)
    if (level === undefined) return level
    context.imageSmoothingEnabled = viewport.scale * ratio < 4
    const below = [...this.kept.values()].filter(({ tile }) => tile.level <= level)
    below.sort((one, other) => one.tile.level - other.tile.level)
    // Edges lie on whole device pixels, so that no seam is seen between two tiles.
    for (const { tile, picture } of below) {
      const [left, top, right, bottom] = boundsOf(this.options.source, tile)
      const from = toScreen(viewport, [left, top]).map((at) => Math.round(at * ratio))
      const to = toScreen(viewport, [right, bottom]).map((at) => Math.round(at * ratio))
      const [x = 0, y = 0, width = 0, height = 0] = [
        ...from,
        (to[0] ?? 0) - (from[0] ?? 0),
        (to[1] ?? 0) - (from[1] ?? 0),
      ]
      const isInView = x < context.canvas.width && y < context.canvas.height && x + width > 0 && y + height > 0
      if (isInView) context.drawImage(picture as unknown as CanvasImageSource, x, y, width, height)
    }
    return level
  }

  close(): void {
    this.wanted = []
    this.listener = undefined
    for (const end of this.loading.values()) end.abort()
    for (const timer of this.waiting.values()) clearTimeout(timer)
    for (const { picture } of this.kept.values()) picture.close()
    this.kept.clear()
  }

  private touch(key: string): void {
    const entry = this.kept.get(key)
    if (!entry) return
    this.kept.delete(key)
    this.kept.set(key, entry)
  }

  private pump(): void {
    for (const tile of this.wanted) {
      if (this.loading.size >= MAX_AT_ONCE) return
      const key = keyOf(tile)
      if (!this.kept.has(key) && !this.loading.has(key) && !this.waiting.has(key)) void this.load(tile, key)
    }
  }

  private async load(tile: Tile, key: string): Promise<void> {
    const end = new AbortController()
    this.loading.set(key, end)
    try {
      const picture = await this.options.load(tile, end.signal)
      if (end.signal.aborted) picture.close()
      else this.keep(key, tile, picture)
    } catch (error) {
      if (!end.signal.aborted) this.wait(key, this.options.waitMs(error))
    } finally {
      this.loading.delete(key)
    }
    this.listener?.()
    this.pump()
  }

  private keep(key: string, tile: Tile, picture: P): void {
    this.kept.set(key, { tile, picture })
    if (this.kept.size <= MAX_KEPT) return
    const [oldest, entry] = this.kept.entries().next().value as [string, { picture: P }]
    entry.picture.close()
    this.kept.delete(oldest)
  }

  private wait(key: string, milliseconds: number): void {
    const again = (): void => {
      this.waiting.delete(key)
      this.pump()
    }
    this.waiting.set(key, setTimeout(again, milliseconds))
  }
}
