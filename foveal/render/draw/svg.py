"""Annotations as SVG over the displayed image: text only, no pixels are read.

All text from callers is escaped, and the file holds neither scripts nor references to anything but itself (a heatmap
is a picture in it); the edge serves it sandboxed.
"""

import base64
import io
import re
from collections.abc import Iterable
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from PIL import Image

from foveal.render.draw.colours import Colour, hexadecimal, text_on
from foveal.render.draw.heatmaps import HeatmapRaster
from foveal.render.draw.masks import MaskRaster
from foveal.render.draw.outlines import Ring
from foveal.render.draw.shapes import Shape

HEAT_SIDE: Final = 512
_NOT_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0, section 2.2


def svg(shapes: Iterable[Shape], size: tuple[int, int]) -> str:
    """Return an SVG document whose viewBox is the displayed image `(width, height)` in pixels."""
    width, height = size
    text_height = max(width, height) / 50
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'font-family="system-ui,sans-serif" font-weight="600" font-size="{text_height:.1f}" '
        f'stroke-width="{max(width, height) / 400:.2f}" stroke-linejoin="round" stroke-linecap="round">'
    ]
    drawn = list(shapes)
    parts += [_group(shape, size, text_height) for shape in drawn]
    unplaced = 0
    for shape in drawn:
        if shape.caption:
            x, y = (shape.bounds[0], shape.bounds[1]) if shape.bounds else (0.0, text_height * 1.3 * unplaced)
            unplaced += shape.bounds is None
            parts.append(_caption(shape, x, y, text_height))
    return "".join([*parts, "</svg>"])


def _group(shape: Shape, size: tuple[int, int], text_height: float) -> str:
    colour = hexadecimal(shape.colour)
    inside = ""
    if shape.heatmap is not None:
        inside += _heatmap(shape.heatmap, size, shape.colour)
    if shape.mask is not None:
        inside += _mask(shape.mask, size, colour)
    area = "".join(_path(ring, is_closed=True) for ring in (*shape.rings, *shape.holes))
    lines = "".join(_path(line, is_closed=False) for line in shape.lines)
    if area or lines:  # below them, so that they are seen on their own colour too
        casing, width = hexadecimal(text_on(shape.colour)), max(size) / 260
        inside += (
            f'<path d="{area}{lines}" fill="none" stroke="{casing}" stroke-opacity="0.6" stroke-width="{width:.2f}"/>'
        )
    if area:
        fill = f'fill="{colour}" fill-opacity="0.25" fill-rule="evenodd"' if shape.is_filled else 'fill="none"'
        inside += f'<path d="{area}" {fill} stroke="{colour}"/>'
    if lines:
        inside += f'<path d="{lines}" fill="none" stroke="{colour}"/>'
    for (x, y), is_visible in shape.dots:
        fill = colour if is_visible else "none"
        inside += f'<circle cx="{x:.2f}" cy="{y:.2f}" r="{text_height / 4:.2f}" fill="{fill}" stroke="{colour}"/>'
    return f"<g data-annotation-id={quoteattr(_clean(shape.annotation_id))}>{inside}</g>"


def _heatmap(heatmap: HeatmapRaster, size: tuple[int, int], colour: Colour) -> str:
    """Return the heat as a picture within the file: paths would need one for each cell."""
    left, top, right, bottom = heatmap.box
    heat = heatmap.thumbnail(HEAT_SIDE)
    picture = Image.new("RGBA", heat.size, colour)
    picture.putalpha(heat)
    output = io.BytesIO()
    picture.save(output, "PNG", optimize=True)
    return (
        f'<image x="{left * size[0]:.2f}" y="{top * size[1]:.2f}" width="{(right - left) * size[0]:.2f}" '
        f'height="{(bottom - top) * size[1]:.2f}" opacity="0.8" preserveAspectRatio="none" '
        f'href="data:image/png;base64,{base64.b64encode(output.getvalue()).decode()}"/>'
    )


def _mask(mask: MaskRaster, size: tuple[int, int], colour: str) -> str:
    path = "".join(f"M{x} {y}h{width}v{height}h-{width}z" for x, y, width, height in mask.rectangles())
    scale = f"scale({size[0] / mask.size[0]:.6g} {size[1] / mask.size[1]:.6g})"
    return f'<path d="{path}" transform="{scale}" fill="{colour}" fill-opacity="0.45" shape-rendering="crispEdges"/>'


def _path(ring: Ring, *, is_closed: bool) -> str:
    points = "L".join(f"{x:.2f} {y:.2f}" for x, y in ring)
    return f"M{points}{'z' if is_closed else ''}"


def _caption(shape: Shape, x: float, y: float, text_height: float) -> str:
    """Return the caption above its corner, or inside where there is no room; its outline is its background."""
    baseline = y - text_height * 0.3 if y >= text_height * 1.2 else y + text_height * 1.05
    return (
        f'<text x="{max(x, text_height * 0.2):.2f}" y="{baseline:.2f}" fill="{hexadecimal(text_on(shape.colour))}" '
        f'stroke="{hexadecimal(shape.colour)}" stroke-width="{text_height * 0.3:.2f}" paint-order="stroke">'
        f"{escape(_clean(shape.caption))}</text>"
    )


def _clean(text: str) -> str:
    return _NOT_XML.sub("\ufffd", text)
