/** Exact pictures of a video's frames: decoded by WebCodecs, found by the times of the server's table. */
import { CanvasSink, Input, MATROSKA, MP4, QTFF, UrlSource, WEBM, type WrappedCanvas } from 'mediabunny'
import type { Size } from '../../drawing'
import { type FrameTimes, frameNear } from './frames'

/** Frames that are decoded one after the other rather than by a seek to a key frame. */
const MAX_AHEAD = 12
/** Frames that are decoded together when somebody steps back. */
const BEHIND = 12
/** Pixels of the decoded frames that are kept: 256 MB. */
const MAX_KEPT_PIXELS = 64_000_000
const MAX_KEPT = 24
const MAX_RETRIES = 2

type Picture = WrappedCanvas['canvas']

export class FrameReader {
  private readonly kept = new Map<number, Picture>()
  private run: { next: number; frames: AsyncGenerator<WrappedCanvas, void> } | undefined
  private last = 0
  private readonly maxKept: number

  private constructor(
    private readonly input: Input,
    private readonly sink: CanvasSink,
    private readonly times: FrameTimes,
    [width, height]: Size,
  ) {
    this.maxKept = Math.min(MAX_KEPT, Math.max(1, Math.floor(MAX_KEPT_PIXELS / (width * height))))
  }

  /** Return a reader of pictures of a size; undefined where this browser cannot decode the video by itself. */
  static async open(url: string, times: FrameTimes, [width, height]: Size): Promise<FrameReader | undefined> {
    if (!('VideoDecoder' in globalThis)) return undefined
    const source = new UrlSource(url, { getRetryDelay: (before) => (before < MAX_RETRIES ? 0.5 : null) })
    const input = new Input({ source, formats: [MP4, QTFF, MATROSKA, WEBM] })
    try {
      const track = await input.getPrimaryVideoTrack()
      if (track && (await track.canDecode())) {
        const sink = new CanvasSink(track, { width, height, fit: 'fill' })
        return new FrameReader(input, sink, times, [width, height])
      }
    } catch (error) {
      input.dispose()
      throw error
    }
    input.dispose()
    return undefined
  }

  /** Return the picture of a frame; one call at a time. Throws Error for a frame that the file does not give. */
  async read(frame: number): Promise<Picture> {
    const isStepBack = frame === this.last - 1
    this.last = frame
    const known = this.kept.get(frame)
    if (known) {
      this.keep(frame, known)
      return known
    }
    const { run } = this
    if (!run || frame < run.next || frame - run.next > MAX_AHEAD)
      await this.begin(isStepBack ? Math.max(0, frame - Math.min(BEHIND, this.maxKept - 1)) : frame)
    return this.forward(frame)
  }

  close(): void {
    this.kept.clear()
    this.input.dispose()
  }

  private async begin(frame: number): Promise<void> {
    await this.run?.frames.return()
    this.run = { next: frame, frames: this.sink.canvases(this.times.seconds[frame]) }
  }

  private async forward(frame: number): Promise<Picture> {
    const { run } = this
    for (let each = await run?.frames.next(); run && each && !each.done; each = await run.frames.next()) {
      const at = frameNear(this.times, each.value.timestamp)
      if (at === undefined) continue // cut off by an edit list
      this.keep(at, each.value.canvas)
      run.next = at + 1
      if (at === frame) return each.value.canvas
      if (at > frame) break
    }
    this.run = undefined
    throw new Error(`The file gives no picture of frame ${frame}.`)
  }

  private keep(frame: number, picture: Picture): void {
    this.kept.delete(frame)
    this.kept.set(frame, picture)
    if (this.kept.size > this.maxKept) this.kept.delete(this.kept.keys().next().value as number)
  }
}
