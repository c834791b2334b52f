/**
 * Annotations as shapes in pixels of the displayed image: geometry, colour and caption, in the order of drawing.
 *
 * Port of `foveal/render/draw/shapes.py`.
 */
import type { Annotation, LabelSchema } from './annotation'
import { type Colour, colourOf } from './colours'
import { type Orientation, type OrientationFacts, orientationOf, turnedSize, UPRIGHT } from './geometry/orientation'
import { type Dot, type Edges, everyPoint, outlineOf } from './geometry/outlines'
import { areaOf, type Bounds, boundsOf, type Ring, type Size } from './geometry/points'
import { MaskRaster } from './rasters/masks'

const MAX_CAPTION_CHARACTERS = 32

/** Colours by label, and the edges of skeletons. */
export interface LabelStyles {
  colours: ReadonlyMap<string, string>
  skeletons: ReadonlyMap<string, Edges>
}

/** Size of the annotated image as displayed and as stored, and the orientation between the two. */
export interface ImageGeometry {
  size: Size
  storedSize: Size
  turn: Orientation
}

export interface Shape {
  annotation: Annotation
  /** Colour of the label, as in pictures that the server draws. */
  colour: Colour
  caption: string
  rings: readonly Ring[]
  holes: readonly Ring[]
  isFilled: boolean
  lines: readonly Ring[]
  dots: readonly Dot[]
  mask: MaskRaster | undefined
  /** Part of the image that a heatmap covers. */
  heatBounds: Bounds | undefined
  bounds: Bounds | undefined
  /** Whether the shape is a box along the axes, which is drawn many times faster than a path. */
  isUpright: boolean
  /** Why a mask cannot be drawn. */
  problem: string | undefined
}

/** Read label schemas; of a label that several name, the last one counts. */
export function stylesOf(schemas: readonly Pick<LabelSchema, 'labels'>[]): LabelStyles {
  const colours = new Map<string, string>()
  const skeletons = new Map<string, Edges>()
  for (const label of schemas.flatMap((schema) => schema.labels)) {
    if (label.color) colours.set(label.name, label.color)
    const edges = label.skeleton?.edges ?? []
    skeletons.set(
      label.name,
      edges.map(([start = 0, end = 0]) => [start, end]),
    )
  }
  return { colours, skeletons }
}

export interface ImageFacts extends OrientationFacts {
  width?: number | null
  height?: number | null
  stored_width?: number
  stored_height?: number
}

/** Read an asset's facts; undefined for an unknown size. */
export function imageGeometry(asset: ImageFacts): ImageGeometry | undefined {
  if (!asset.width || !asset.height) return undefined
  const turn = orientationOf(asset)
  const [width, height] = turnedSize([asset.width, asset.height], turn)
  const storedSize: Size = [asset.stored_width || width, asset.stored_height || height]
  return { size: [asset.width, asset.height], storedSize, turn }
}

/** Return the shapes by `z_order`, then the largest first, so that none is covered. */
export function shapesOf(annotations: readonly Annotation[], image: ImageGeometry, styles: LabelStyles): Shape[] {
  const shapes = annotations.filter((each) => !each.outside).map((each) => shapeOf(each, image, styles))
  const area = (shape: Shape): number => (shape.bounds ? areaOf(shape.bounds) : Infinity)
  const keyed = shapes.map((shape) => ({ shape, level: shape.annotation.z_order ?? 0, area: area(shape) }))
  keyed.sort((one, other) => one.level - other.level || (one.area === other.area ? 0 : other.area - one.area))
  return keyed.map(({ shape }) => shape)
}

/** Return one annotation in pixels of the displayed image. */
export function shapeOf(annotation: Annotation, image: ImageGeometry, styles: LabelStyles): Shape {
  const isStored = annotation.coordinate_frame === 'stored'
  const { mask, problem } = maskOf(annotation, image, isStored)
  const heatBounds = annotation.map ? heatBoundsOf(annotation, image.size) : undefined
  const edges = styles.skeletons.get(annotation.label ?? '') ?? []
  const outline = outlineOf(annotation, image.size, edges, Boolean(annotation.mask || annotation.map))
  return {
    annotation,
    colour: colourOf(annotation.label, styles.colours),
    caption: captionOf(annotation),
    ...outline,
    mask,
    heatBounds,
    bounds: boundsOf(everyPoint(outline)) ?? maskBounds(mask, image.size) ?? heatBounds,
    isUpright: annotation.type === 'detection' && !annotation.rotation && outline.rings.length === 1,
    problem,
  }
}

/** Return label, value of a regression and confidence; a long label is cut. */
export function captionOf(annotation: Annotation): string {
  const characters = [...(annotation.label ?? '').split(/\s+/u).filter(Boolean).join(' ')]
  const isLong = characters.length > MAX_CAPTION_CHARACTERS
  const label = isLong ? `${characters.slice(0, MAX_CAPTION_CHARACTERS - 1).join('')}…` : characters.join('')
  const value = annotation.type === 'regression' ? shortNumber(annotation.value ?? 0) : ''
  const confidence = typeof annotation.confidence === 'number' ? twoDigits(annotation.confidence) : ''
  return [label, value, confidence].filter(Boolean).join(' ')
}

/** Return two digits after the point, ties to even as in Python: only odd eighths lie in the middle of two hundredths. */
function twoDigits(value: number): string {
  const hundredths = Math.floor(value * 100)
  return value * 8 === Math.floor(value * 8) && value * 100 - hundredths === 0.5 && hundredths % 2 === 0
    ? (hundredths / 100).toFixed(2)
    : value.toFixed(2)
}

/** Return a number with six significant digits at most, as `%g` does. */
function shortNumber(value: number): string {
  const [digits = '', exponent = '0'] = value.toExponential(5).split('e')
  const power = Number(exponent)
  if (value === 0) return '0'
  if (power >= -4 && power < 6) return String(Number(value.toPrecision(6)))
  const sign = power < 0 ? '-' : '+'
  return `${Number(digits)}e${sign}${String(Math.abs(power)).padStart(2, '0')}`
}

function maskOf(annotation: Annotation, image: ImageGeometry, isStored: boolean) {
  const given = annotation.mask
  if (!given?.counts) return { mask: undefined, problem: undefined }
  const [width, height] = annotation.image_size ?? (isStored ? image.storedSize : image.size)
  try {
    const mask = MaskRaster.of(
      { ...given, counts: given.counts },
      [width ?? 1, height ?? 1],
      isStored ? image.turn : UPRIGHT,
    )
    return { mask, problem: undefined }
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    return { mask: undefined, problem: error.message }
  }
}

function maskBounds(mask: MaskRaster | undefined, canvas: Size): Bounds | undefined {
  if (!mask?.bounds) return undefined
  const [across, down] = [canvas[0] / mask.size[0], canvas[1] / mask.size[1]]
  const [left, top, right, bottom] = mask.bounds
  return [left * across, top * down, right * across, bottom * down]
}

function heatBoundsOf(annotation: Annotation, [width, height]: Size): Bounds {
  const [x = 0, y = 0, across = 1, down = 1] = annotation.bbox ?? []
  return [x * width, y * height, (x + across) * width, (y + down) * height]
}
