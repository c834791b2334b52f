/** The assets of a gallery in order: which of them are there, which are asked for, and where each one is shown. */
import type { Grid } from './justify'
import {
  anchorAt,
  type Item,
  indexAt,
  lay,
  linksOf,
  MAX_SECTION,
  placeOf,
  type Range,
  SECTION,
  type Section,
  section,
  sectionsOf,
} from './sections'

/** Requests to the API at the same time. */
const MAX_REQUESTS = 5
/** Views above and below the visible one that are asked for, and that requests may go on for. */
const AHEAD = 2
const KEPT = 4
/** Sections whose assets are kept in memory. */
const MAX_LOADED = 60
const HISTOGRAM_BUCKETS = 200
const FIRST_PAGE = 80

export interface Reader<T extends Item> {
  /** Return how many assets lie where, by the value of the sort, and how many there are with those that lack it. */
  histogram(range: Range, buckets: number, signal: AbortSignal): Promise<Buckets>
  count(signal: AbortSignal): Promise<number>
  /** Return the first page, with all that its tiles need to show their pictures. */
  first(limit: number, signal: AbortSignal): Promise<Page<T>>
  page(range: Range, limit: number, token: string | undefined, signal: AbortSignal): Promise<Page<T>>
}

export interface Buckets {
  boundaries: number[]
  counts: number[]
  total: number
}

export interface Page<T> {
  items: T[]
  nextToken?: string | undefined
}

export interface Order {
  /** Whether the API can count the values of the sort: then every place can be jumped to. */
  hasHistogram: boolean
  isDescending: boolean
}

interface Job<T extends Item> {
  section: Section<T>
  controller: AbortController
}

export class Collection<T extends Item> {
  sections: Section<T>[] = []
  /** Height of the layout in CSS pixels. */
  height = 0
  /** Number of assets; undefined until it is known. */
  total: number | undefined
  error: unknown
  /** Place of the view in the layout. */
  offset = 0
  version = 0
  #view = 800
  #grid: Grid = { width: 1000, rowHeight: 180, gap: 4 }
  #ratios = { sum: 0, count: 0 }
  #jobs = new Set<Job<T>>()
  #opening: AbortController | undefined
  #listeners = new Set<() => void>()
  #used: Section<T>[] = []
  /** Links of a chain that is the whole gallery, which are shown when those before them are there. */
  #later: Section<T>[] = []

  constructor(
    private readonly reader: Reader<T>,
    readonly order: Order,
  ) {}

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  get grid(): Grid {
    return this.#grid
  }

  /** Ask for the first page and for the counts at once; the page is shown without waiting for the counts. */
  async open(): Promise<void> {
    this.#opening?.abort()
    for (const job of this.#jobs) job.controller.abort()
    const opening = new AbortController()
    this.#opening = opening
    this.error = undefined
    const { signal } = opening
    const first = this.reader.first(FIRST_PAGE, signal)
    first.catch(() => {})
    try {
      const counts = this.#counts(signal)
      counts.catch(() => {})
      const page = await first
      signal.throwIfAborted()
      if (this.sections.length === 0 || this.sections.every(({ state }) => state !== 'loaded')) this.#showFirst(page)
      const { sections, total } = await counts
      signal.throwIfAborted()
      this.total = total
      this.#later = this.order.hasHistogram ? [] : sections.splice(2)
      this.sections = sections
      this.#seed(page)
    } catch (error) {
      if (signal.aborted) return
      this.error = error
    }
    this.#changed()
    this.#pump()
  }

  /** Set width and height of rows. */
  setGrid(grid: Grid): void {
    const { width, rowHeight, gap } = this.#grid
    if (grid.width === width && grid.rowHeight === rowHeight && grid.gap === gap) return
    this.#grid = grid
    this.#anchored(() => {
      for (const each of this.sections) this.#lay(each)
    })
    this.#changed()
  }

  /** Take the place of the view, and ask for what is shown there soon. */
  look(offset: number, view: number): void {
    this.offset = offset
    this.#view = view
    this.#pump()
  }

  /** Return the sections between two places of the layout. */
  between(from: number, to: number): { index: number; section: Section<T> }[] {
    const found: { index: number; section: Section<T> }[] = []
    for (let index = indexAt(this.sections, from); index < this.sections.length; index += 1) {
      const each = this.sections[index]
      if (!each || each.top >= to) break
      if (each.top + each.height > from) found.push({ index, section: each })
    }
    return found
  }

  /** Return the assets of a section, asking for them first where they are not there. Rejects with the API's error. */
  async load(index: number): Promise<Section<T> | undefined> {
    for (;;) {
      const each = this.sections[index]
      if (!each || each.state === 'loaded') return each
      const job = this.#start(each)
      if (job) await job
      else await new Promise((resolve) => setTimeout(resolve, 30))
      if (each.state === 'failed') throw each.error
    }
  }

  /** Put newer states of assets in the place of those that are shown. */
  replace(newer: ReadonlyMap<string, T>): void {
    for (const each of this.sections) {
      if (!each.items.some(({ asset_id }) => newer.has(asset_id))) continue
      each.items = each.items.map((item) => newer.get(item.asset_id) ?? item)
      this.#lay(each)
    }
    this.#anchored(() => {})
    this.#changed()
  }

  /** Try again what has failed. */
  retry(): void {
    if (this.error) {
      void this.open()
      return
    }
    for (const each of this.sections) if (each.state === 'failed') each.state = 'unknown'
    this.#changed()
    this.#pump()
  }

  /** Stop all requests; `look` goes on. */
  rest(): void {
    for (const job of this.#jobs) job.controller.abort()
  }

  async #counts(signal: AbortSignal): Promise<{ sections: Section<T>[]; total: number }> {
    const { hasHistogram, isDescending } = this.order
    if (!hasHistogram) {
      const total = await this.reader.count(signal)
      return { sections: linksOf<T>({}, total), total }
    }
    const { boundaries, counts, total } = await this.reader.histogram({}, HISTOGRAM_BUCKETS, signal)
    const sections = sectionsOf<T>(boundaries, counts, isDescending)
    const missing = total - counts.reduce((sum, each) => sum + each, 0)
    const without = missing > 0 ? linksOf<T>({ isMissing: true }, missing) : []
    return { sections: isDescending ? [...sections, ...without] : [...without, ...sections], total }
  }

  #showFirst(page: Page<T>): void {
    const only = section<T>({}, page.items.length)
    only.items = page.items
    only.state = page.nextToken ? 'partial' : 'loaded'
    this.sections = [only]
    if (!page.nextToken) this.total = page.items.length
    this.#measure(page.items)
    this.#anchored(() => this.#lay(only))
    this.#changed()
  }

  /** Give the items of the first page to the sections that they belong to. */
  #seed(page: Page<T>): void {
    let from = 0
    for (const each of this.sections) {
      const items = page.items.slice(from, from + each.count)
      if (items.length === 0) break
      from += each.count
      each.items = items
      each.state = items.length === each.count ? 'loaded' : 'partial'
      if (each.chain && each.state === 'loaded') each.state = 'partial' // its token is not known yet
    }
    this.#anchored(() => {
      for (const each of this.sections) this.#lay(each)
    })
  }

  #measure(items: readonly T[]): void {
    for (const { width, height } of items)
      if (width && height) {
        this.#ratios.sum += Math.min(3, Math.max(0.5, width / height))
        this.#ratios.count += 1
      }
  }

  get #meanRatio(): number {
    return this.#ratios.count === 0 ? 4 / 3 : this.#ratios.sum / this.#ratios.count
  }

  #lay(each: Section<T>): void {
    lay(each, this.#grid, this.#meanRatio, each === this.sections.at(-1))
  }

  /**
   * Change the layout; what is at the upper edge of the view stays there, and a view at the end at the end.
   *
   * That is a picture where its row is known before and after, and else a share of the estimated height of its section.
   * Returns whether it is a picture.
   */
  #anchored(change: () => void): boolean {
    const anchor = this.sections[indexAt(this.sections, this.offset)]
    const before = anchor ? { top: anchor.top, height: anchor.height } : undefined
    const picture = anchor && anchorAt(anchor, this.offset - anchor.top)
    const beyond = this.offset + this.#view - this.height
    change()
    let top = 0
    for (const each of this.sections) {
      each.top = top
      top += each.height
    }
    this.height = top
    if (!anchor || !before || this.offset <= 0) return false
    if (beyond >= 0) {
      this.offset = top - this.#view + beyond // who was at the end stays there
      return false
    }
    const place = picture && placeOf(this.sections, picture)
    if (place !== undefined) {
      this.offset = place
      return true
    }
    const within = this.offset - before.top
    const isSame = this.sections.includes(anchor)
    if (isSame) {
      const scale = before.height > 0 && within > 0 && within < before.height ? anchor.height / before.height : 1
      this.offset = anchor.top + within * scale
    } else this.offset = Math.min(this.offset, Math.max(0, top - this.#view))
    return false
  }

  #changed(): void {
    this.version += 1
    for (const listener of this.#listeners) listener()
  }

  /** Sections that can be asked for: those of a chain only up to the first that is not there. */
  #wanted(): Section<T>[] {
    const from = this.offset - AHEAD * this.#view
    const to = this.offset + (1 + AHEAD) * this.#view
    const middle = this.offset + this.#view / 2
    const distance = ({ top, height }: Section<T>) =>
      middle < top ? top - middle : middle > top + height ? middle - top - height : 0
    return this.between(from, to)
      .map(({ section: each }) => this.#askable(each))
      .filter(({ state }) => state === 'unknown' || state === 'partial')
      .sort((one, other) => distance(one) - distance(other))
  }

  /** Return the link of a chain that has to be read before this section can be. */
  #askable(each: Section<T>): Section<T> {
    const { chain } = each
    if (!chain || each.link < chain.tokens.length) return each
    return this.sections.find((other) => other.chain === chain && other.link === chain.tokens.length - 1) ?? each
  }

  #pump(): void {
    if (!this.#opening || this.total === undefined) return
    const low = this.offset - KEPT * this.#view
    const high = this.offset + (1 + KEPT) * this.#view
    for (const { section: each, controller } of this.#jobs)
      if (!each.chain && (each.top > high || each.top + each.height < low)) controller.abort()
    for (const each of this.#wanted()) {
      if (this.#jobs.size >= MAX_REQUESTS) return
      void this.#start(each)?.catch(() => {})
    }
  }

  #start(wanted: Section<T>): Promise<void> | undefined {
    const each = this.#askable(wanted)
    if ([...this.#jobs].some((job) => job.section === each || (each.chain && job.section.chain === each.chain))) return
    const job = { section: each, controller: new AbortController() }
    this.#jobs.add(job)
    const { signal } = job.controller
    const isTooLarge = each.count > MAX_SECTION && !each.chain
    return (isTooLarge ? this.#divide(each, signal) : this.#read(each, signal))
      .catch((error: unknown) => {
        if (signal.aborted || !this.sections.includes(each)) return
        each.state = 'failed'
        each.error = error
      })
      .finally(() => {
        this.#jobs.delete(job)
        this.#changed()
        this.#pump()
      })
  }

  /** Put sections of about a page in the place of one that is larger. */
  async #divide(each: Section<T>, signal: AbortSignal): Promise<void> {
    const buckets = Math.min(HISTOGRAM_BUCKETS, Math.ceil((2 * each.count) / SECTION))
    const { boundaries, counts } = await this.reader.histogram(each.range, buckets, signal)
    const place = this.sections.indexOf(each)
    if (place < 0) return
    const isOneValue = counts.length <= 1
    const parts = isOneValue
      ? linksOf<T>(each.range, each.count)
      : sectionsOf<T>(boundaries, counts, this.order.isDescending, each.range)
    const share = (this.offset - each.top) / (each.height || 1)
    const seeds = each.items
    const isHeld = this.#anchored(() => {
      this.sections.splice(place, 1, ...parts)
      const [first] = parts
      if (first && seeds.length > 0) {
        first.items = seeds.slice(0, first.count)
        first.state = 'partial'
      }
      for (const part of parts) this.#lay(part)
    })
    if (!isHeld && share > 0 && share < 1) {
      const height = parts.reduce((sum, part) => sum + part.height, 0)
      this.offset = (parts[0]?.top ?? 0) + share * height
    }
  }

  async #read(each: Section<T>, signal: AbortSignal): Promise<void> {
    const { chain, link } = each
    const items: T[] = []
    let token = chain?.tokens[link]
    do {
      const page = await this.reader.page(each.range, chain ? each.count : MAX_SECTION, token, signal)
      items.push(...page.items)
      token = page.nextToken
    } while (token && (chain ? items.length < each.count : true))
    if (!this.sections.includes(each)) return
    if (chain && token) chain.tokens[link + 1] = token
    this.#measure(items)
    this.#anchored(() => {
      each.items = items
      each.state = 'loaded'
      each.count = items.length
      if (each.link === this.sections.length - 1) this.sections.push(...this.#later.splice(0, 1))
      for (const other of this.sections.slice(-2)) this.#lay(other)
      this.#lay(each)
    })
    this.#used = [...this.#used.filter((other) => other !== each), each]
    if (this.#used.length > MAX_LOADED) this.#forget()
  }

  /** Let go of the assets of the section that is farthest from the view; its height stays. */
  #forget(): void {
    const far = this.#used.reduce((one, other) =>
      Math.abs(other.top - this.offset) > Math.abs(one.top - this.offset) ? other : one,
    )
    this.#used = this.#used.filter((each) => each !== far)
    if (far.chain) return // its pages could only be read again from the first one on
    far.items = []
    far.rows = []
    far.state = 'unknown'
  }
}
