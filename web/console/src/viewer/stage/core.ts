/** State of the stage that changes with every movement, outside of React: viewport, pointer, what is drawn when. */
import {
  type Annotation,
  around,
  Captions,
  draw,
  fitted,
  type LabelStyles,
  type Point,
  panned,
  RasterCache,
  type Scene,
  type Size,
  type Styles,
  shapeOf,
  toImage,
  toScreen,
  type Viewport,
  zoomed,
} from '../../drawing'
import { type Patch, patched } from '../edits/changes'
import type { TileLayer } from '../tiles/layer'
import { Gestures, type Surface } from './gestures'
import { dragged, handlesOf, isEditable, movedBy } from './handles'
import { paint } from './paint'
import styles from './stage.module.css'
import { type Draft, paints, type Tool } from './tools'

export interface StageState {
  scene: Scene
  labelStyles: LabelStyles
  drawing: Styles
  /** Whether the shapes are hidden for the moment. */
  isBare: boolean
  selected: Annotation | undefined
  canEdit: boolean
  tool: Tool
  draft: Draft | undefined
  ghost: Annotation | undefined
  /** Tiles between the picture and the shapes. */
  tiles: TileLayer | undefined
  onSelect: (id: string | undefined) => void
  onChange: (id: string, patch: Patch) => void
  onPlace: (point: Point) => void
  onUnplace: () => void
  /** Radius of the brush in pixels of the image. */
  brush: number
  onPaint: (points: readonly Point[]) => void
  onFinish: () => void
}

export interface StageHandle {
  element: HTMLElement | null
  zoom(factor: number): void
  fit(): void
  /** One pixel of the image on one of the screen. */
  actual(): void
  /** Bring an annotation into sight, if it is not. */
  reveal(id: string): void
  /** Move what is active by CSS pixels: the cursor, a handle, the selected annotation by image pixels, else the view. */
  nudge(by: Point): void
  /** Place of the cursor, in pixels of the image; the middle of the view at first. */
  cursor(): Point
  hold(isPanning: boolean): void
  /** Mark the annotation that is pointed at elsewhere. */
  hover(id: string | undefined): void
  activeHandle(): string | undefined
  cycleHandle(by: number): void
}

const PAN_STEP = 48

/** State of the stage that changes with every movement, outside of React. */
export class StageCore {
  private viewport: Viewport = { scale: 1, x: 0, y: 0 }
  private view: Size = [0, 0]
  private patch: Patch | undefined
  private hovered: string | undefined
  private stroke: readonly Point[] | undefined
  private pointer: Point | undefined
  private hasCursor = false
  private handleId: string | undefined
  private isAllDirty = true
  private areTilesDirty = true
  private frame = 0
  private isFitted = true
  private media: HTMLElement | undefined
  private canvases: HTMLCanvasElement[] = []
  private element: HTMLElement | undefined
  private readonly captions = new Captions()
  private readonly rasters = new RasterCache(() => this.dirty(true))
  private readonly gestures = new Gestures(() => this.surface())

  constructor(private readonly props: { current: StageState }) {}

  private get image(): Size {
    return this.props.current.scene.image.size
  }

  private get editable(): Annotation | undefined {
    const { selected, canEdit } = this.props.current
    return canEdit && selected && isEditable(selected) ? selected : undefined
  }

  /** Take the element; returns the end of it. */
  attach(element: HTMLElement): () => void {
    this.element = element
    this.media = element.querySelector<HTMLElement>(`.${styles.media}`) ?? undefined
    this.canvases = [...element.querySelectorAll<HTMLCanvasElement>(`.${styles.canvas}`)]
    const sized = new ResizeObserver(() => this.resized())
    sized.observe(element)
    const end = new AbortController()
    const listen = <K extends keyof HTMLElementEventMap>(
      name: K,
      act: (event: HTMLElementEventMap[K], at: Point) => void,
    ): void =>
      element.addEventListener(name, (event) => act(event, this.placeOf(event as unknown as MouseEvent)), {
        signal: end.signal,
        passive: false,
      })
    listen('pointerdown', (event, at) => {
      element.setPointerCapture(event.pointerId)
      this.hasCursor = false
      this.gestures.down(event, at)
      if (event.button === 1) event.preventDefault()
    })
    listen('pointermove', (event, at) => this.gestures.move(event, at))
    listen('pointerup', (event, at) => this.gestures.up(event, at))
    listen('pointercancel', (event, at) => this.gestures.up(event, at))
    listen('pointerleave', () => {
      this.hover(undefined)
      if (!this.hasCursor) this.surface().point(undefined)
    })
    listen('dblclick', (_, at) => this.gestures.doubleClick(at))
    listen('wheel', (event, at) => {
      event.preventDefault()
      this.gestures.wheel(event, at)
    })
    return () => {
      end.abort()
      sized.disconnect()
      cancelAnimationFrame(this.frame)
      this.frame = 0
    }
  }

  handle(element: { current: HTMLElement | null }): StageHandle {
    const middle = (): Point => [this.view[0] / 2, this.view[1] / 2]
    return {
      get element() {
        return element.current
      },
      zoom: (factor) => this.show(zoomed(this.viewport, factor, middle(), this.image, this.view)),
      fit: () => this.fit(),
      actual: () => this.show(zoomed(this.viewport, 1 / this.viewport.scale, middle(), this.image, this.view)),
      reveal: (id) => this.reveal(id),
      nudge: (by) => this.nudge(by),
      cursor: () => this.pointer ?? toImage(this.viewport, middle()),
      hold: (isPanning) => {
        this.gestures.isPanning = isPanning
      },
      hover: (id) => this.hover(id),
      activeHandle: () => this.handleId,
      cycleHandle: (by) => this.cycleHandle(by),
    }
  }

  fit(): void {
    this.show(fitted(this.image, this.view), true)
  }

  dirty(isAll: boolean): void {
    this.isAllDirty ||= isAll
    this.renderSoon()
  }

  tilesChanged(): void {
    this.areTilesDirty = true
    this.renderSoon()
  }

  private renderSoon(): void {
    this.frame ||= requestAnimationFrame(() => {
      this.frame = 0
      this.render()
    })
  }

  private hover(id: string | undefined): void {
    if (id === this.hovered) return
    this.hovered = id
    this.dirty(false)
  }

  private surface(): Surface {
    const { scene, tool, onSelect, onChange, onPlace, onUnplace, onPaint, onFinish } = this.props.current
    return {
      viewport: () => this.viewport,
      setViewport: (viewport) => this.show(viewport),
      view: () => this.view,
      image: this.image,
      scene,
      tool,
      editable: this.editable,
      select: (id) => {
        this.handleId = undefined
        onSelect(id)
      },
      hover: (id) => this.hover(id),
      activate: (handle) => {
        this.handleId = handle
        this.dirty(false)
      },
      preview: (patch) => {
        this.patch = patch
        this.dirty(false)
      },
      change: onChange,
      point: (point) => {
        this.pointer = point
        this.dirty(false)
      },
      place: onPlace,
      unplace: onUnplace,
      stroke: (points) => {
        this.stroke = points && [...points]
        this.dirty(false)
      },
      paint: onPaint,
      finish: onFinish,
      fit: () => this.fit(),
      setCursor: (cursor) => {
        if (this.element) this.element.style.cursor = cursor
      },
    }
  }

  private placeOf(event: MouseEvent): Point {
    const box = this.element?.getBoundingClientRect()
    return [event.clientX - (box?.left ?? 0), event.clientY - (box?.top ?? 0)]
  }

  private show(viewport: Viewport, isFitted = false): void {
    this.viewport = viewport
    this.isFitted = isFitted
    this.dirty(true)
  }

  private resized(): void {
    const { clientWidth = 0, clientHeight = 0 } = this.element ?? {}
    const before = this.view
    this.view = [clientWidth, clientHeight]
    for (const canvas of this.canvases) {
      canvas.width = Math.round(clientWidth * devicePixelRatio)
      canvas.height = Math.round(clientHeight * devicePixelRatio)
    }
    if (this.isFitted) this.fit()
    else this.show({ ...this.viewport, x: this.viewport.x + (clientWidth - before[0]) / 2 })
    this.render()
  }

  private reveal(id: string): void {
    const bounds = this.props.current.scene.byId.get(id)?.bounds
    if (!bounds) return
    const [left, top] = toScreen(this.viewport, [bounds[0], bounds[1]])
    const [right, bottom] = toScreen(this.viewport, [bounds[2], bounds[3]])
    const isInSight = left >= 0 && top >= 0 && right <= this.view[0] && bottom <= this.view[1]
    const isTiny = Math.max(right - left, bottom - top) < 12
    if (!isInSight || isTiny) this.show(around(bounds, this.view, isTiny ? 8 : this.viewport.scale))
  }

  private nudge(by: Point): void {
    const { tool, onChange } = this.props.current
    if (tool !== 'select') {
      const at = this.pointer ?? toImage(this.viewport, [this.view[0] / 2, this.view[1] / 2])
      const [width, height] = this.image
      this.pointer = [Math.min(width, Math.max(0, at[0] + by[0])), Math.min(height, Math.max(0, at[1] + by[1]))]
      this.hasCursor = true
      this.dirty(false)
      return
    }
    const annotation = this.editable
    if (!annotation) {
      const step: Point = [-Math.sign(by[0]) * PAN_STEP, -Math.sign(by[1]) * PAN_STEP]
      this.show(panned(this.viewport, step, this.image, this.view))
      return
    }
    const handle = this.handles(annotation).find((each) => each.id === this.handleId)
    const to = handle && ([handle.at[0] + by[0], handle.at[1] + by[1]] as const)
    const patch = handle && to ? dragged(annotation, handle.id, to, this.image) : movedBy(annotation, by, this.image)
    onChange(annotation.annotation_id, patch)
  }

  private cycleHandle(by: number): void {
    const annotation = this.editable
    if (!annotation) return
    const ids = [undefined, ...this.handles(annotation).map(({ id }) => id)]
    const at = (ids.indexOf(this.handleId) + by + ids.length) % ids.length
    this.handleId = ids[at]
    this.dirty(false)
  }

  private handles(annotation: Annotation) {
    return handlesOf(annotation, this.image, this.viewport.scale)
  }

  private drawTiles(context: CanvasRenderingContext2D, ratio: number): void {
    const { tiles } = this.props.current
    this.areTilesDirty = false
    const level = tiles?.draw(context, this.viewport, this.view, ratio)
    const { dataset } = context.canvas
    Object.assign(dataset, { level: level ?? '', missing: tiles?.missing ?? 0, kept: tiles?.size ?? 0 })
  }

  private render(): void {
    const { scene, drawing, isBare, selected, draft, ghost, labelStyles, tool } = this.props.current
    const { viewport, view, media } = this
    const [below, all, active] = this.canvases.map((canvas) => canvas.getContext('2d'))
    if (!below || !all || !active || !view[0]) return
    const ratio = devicePixelRatio
    if (this.isAllDirty || this.areTilesDirty) this.drawTiles(below, ratio)
    if (this.isAllDirty) {
      if (media) media.style.transform = `translate(${viewport.x}px, ${viewport.y}px) scale(${viewport.scale})`
      if (media) media.dataset.isEnlarged = String(viewport.scale * ratio >= 4)
      if (isBare) all.clearRect(0, 0, all.canvas.width, all.canvas.height)
      else draw(all, scene, viewport, view, ratio, drawing, this.rasters, this.captions, selected?.annotation_id)
      this.isAllDirty = false
    }
    const own = selected && (this.patch ? patched(selected, this.patch) : selected)
    const isDrawn = own && (this.patch !== undefined || scene.byId.has(own.annotation_id))
    const shapes = [
      ...(this.hovered && this.hovered !== own?.annotation_id ? [scene.byId.get(this.hovered)] : []),
      ...(own && isDrawn ? [shapeOf(own, scene.image, labelStyles)] : []),
    ].filter((shape) => shape !== undefined)
    paint(active, {
      ...{ viewport, view, ratio, draft, activeHandle: this.handleId },
      styles: drawing,
      captions: this.captions,
      active: isBare ? [] : shapes,
      handles: own && isDrawn && this.editable && tool === 'select' && !isBare ? this.handles(own) : [],
      ghost: ghost && shapeOf(ghost, scene.image, labelStyles),
      pointer: tool === 'select' ? undefined : this.pointer,
      hasCursor: this.hasCursor && !paints(tool),
      stroke: paints(tool)
        ? { points: this.stroke ?? [], radius: this.props.current.brush, isEraser: tool === 'eraser' }
        : undefined,
    })
  }
}
