"""Annotations drawn into pixels: antialiased edges, translucent areas, captions on top."""

import math
from collections.abc import Callable, Iterable
from typing import Final

from PIL import Image, ImageDraw

from foveal.render.draw import captions
from foveal.render.draw.colours import Colour, text_on
from foveal.render.draw.outlines import Ring
from foveal.render.draw.shapes import Shape

SMOOTHING: Final = 2
AREA_OPACITY: Final = 64
MASK_OPACITY: Final = 115
HEAT_OPACITY: Final = 204
CASING_OPACITY: Final = 150
Rectangle = tuple[int, int, int, int]
ToCover = Callable[[Ring], list[tuple[float, float]]]
Drawing = Callable[[ImageDraw.ImageDraw, ToCover], None]


def burned(image: Image.Image, shapes: Iterable[Shape]) -> Image.Image:
    """Return the image, in RGB, with the shapes drawn into it; captions come last, so that none is covered."""
    canvas = image.convert("RGB") if image.mode in ("RGB", "L") else _on_white(image)
    drawn = list(shapes)
    stroke = stroke_width(canvas.size)
    for shape in drawn:
        _draw(canvas, shape, stroke)
    captions.write(canvas, drawn)
    return canvas


def stroke_width(size: tuple[int, int]) -> int:
    """Return the width of lines in pixels, proportional to the longer side of the picture."""
    return max(2, round(max(size) / 400))


def _draw(canvas: Image.Image, shape: Shape, stroke: int) -> None:
    if shape.heatmap is not None:
        _fill(canvas, shape.heatmap.cover(canvas.size), shape.colour, HEAT_OPACITY)
    if shape.mask is not None:
        _fill(canvas, shape.mask.cover(canvas.size), shape.colour, MASK_OPACITY)
    if shape.rings and shape.is_filled:
        _paint(canvas, _around(shape.rings, 0, canvas.size), shape.colour, AREA_OPACITY, _filler(shape))
    outlines = [*((ring, True) for ring in (*shape.rings, *shape.holes)), *((line, False) for line in shape.lines)]
    edge = casing_width(stroke)
    casing = (text_on(shape.colour), CASING_OPACITY, stroke + 2 * edge)
    for colour, opacity, width in (casing, (shape.colour, 255, stroke)):
        for ring, is_closed in outlines:
            box = _around((ring,), width, canvas.size)
            _paint(canvas, box, colour, opacity, _stroker(ring, width, is_closed=is_closed))
        for (x, y), is_visible in shape.dots:
            box = _around((((x, y),),), 3 * width, canvas.size)
            _paint(canvas, box, colour, opacity, _dotter((x, y), 2 * stroke, width, is_visible=is_visible))


def casing_width(stroke: int) -> int:
    """Return the width of a line's casing in pixels; it keeps lines visible on their own colour."""
    return max(1, round(stroke / 4))


def _paint(
    canvas: Image.Image,
    box: Rectangle,
    colour: Colour,
    opacity: int,
    draw: Drawing,
) -> None:
    """Blend a colour into a part of the canvas where `draw` draws; drawn larger and reduced, edges are smooth."""
    left, top, right, bottom = box
    if right <= left or bottom <= top:
        return
    cover = Image.new("L", ((right - left) * SMOOTHING, (bottom - top) * SMOOTHING))

    def local(ring: Ring) -> list[tuple[float, float]]:
        # Pillow's coordinates name the middle of a pixel, ours its corner
        return [((x - left) * SMOOTHING - 0.5, (y - top) * SMOOTHING - 0.5) for x, y in ring]

    draw(ImageDraw.Draw(cover), local)
    cover = cover.reduce(SMOOTHING)
    if opacity < 255:
        cover = cover.point([value * opacity // 255 for value in range(256)])
    canvas.paste(colour, box, cover)


def _filler(shape: Shape) -> Drawing:
    def draw(pen: ImageDraw.ImageDraw, local: ToCover) -> None:
        for ring in shape.rings:
            pen.polygon(local(ring), fill=255)
        for hole in shape.holes:
            pen.polygon(local(hole), fill=0)

    return draw


def _stroker(ring: Ring, stroke: int, *, is_closed: bool) -> Drawing:
    def draw(pen: ImageDraw.ImageDraw, local: ToCover) -> None:
        points = local((*ring, *ring[:2]) if is_closed else ring)
        pen.line(points, fill=255, width=stroke * SMOOTHING, joint="curve")

    return draw


def _dotter(point: tuple[float, float], radius: int, stroke: int, *, is_visible: bool) -> Drawing:
    def draw(pen: ImageDraw.ImageDraw, local: ToCover) -> None:
        ((x, y),) = local((point,))
        outer = (radius + stroke / 2) * SMOOTHING
        frame = (x - outer, y - outer, x + outer, y + outer)
        pen.ellipse(frame, fill=255 if is_visible else 0, outline=255, width=stroke * SMOOTHING)

    return draw


def _fill(
    canvas: Image.Image, covered: tuple[Image.Image, tuple[int, int]] | None, colour: Colour, opacity: int
) -> None:
    if covered is not None:
        cover, corner = covered
        canvas.paste(colour, corner, cover.point([value * opacity // 255 for value in range(256)]))


def _around(rings: Iterable[Ring], margin: int, size: tuple[int, int]) -> Rectangle:
    points = [point for ring in rings for point in ring]
    return (
        max(0, math.floor(min(x for x, _ in points)) - margin),
        max(0, math.floor(min(y for _, y in points)) - margin),
        min(size[0], math.ceil(max(x for x, _ in points)) + margin + 1),
        min(size[1], math.ceil(max(y for _, y in points)) + margin + 1),
    )


def _on_white(image: Image.Image) -> Image.Image:
    base = Image.new("RGBA", image.size, "white")
    base.alpha_composite(image.convert("RGBA"))
    return base.convert("RGB")
