"""The pixels of one derivative: decode, draw, encode; no catalog, no bucket, so that a process of its own can do it."""

from collections.abc import Mapping
from typing import IO, Any

from PIL import Image

from foveal.derivatives.recipes import Recipe
from foveal.render.decode import dicom_values, image, video
from foveal.render.decode import picture as stills
from foveal.render.decode.videos import frame_table
from foveal.render.draw import raster, svg
from foveal.render.draw.shapes import ImageGeometry, Style, enclosing_box, shapes
from foveal.render.drawing import Drawing, Made
from foveal.render.fingerprints import fingerprint


def draw(drawing: Drawing, source: IO[bytes]) -> bytes:
    """Return the file of a derivative, as `made`."""
    return made(drawing, source).file


def made(drawing: Drawing, source: IO[bytes]) -> Made:
    """Return a derivative, a rendition with the fingerprint of its picture.

    Raises Unrenderable where none can be made from the asset's bytes.
    """
    asset, recipe = drawing.asset, drawing.recipe
    if recipe.kind == "overlay":
        _require_frame(asset, recipe, source)
        lies_on = ImageGeometry.of(asset)
        canvas = stills.shown_size(asset, lies_on.size)
        return Made(svg.svg(shapes(drawing.annotations, canvas, Style.of(drawing.labels), lies_on), canvas).encode())
    if recipe.kind == "frames":
        return Made(frame_table.table(source))
    if recipe.kind == "values":
        return Made(dicom_values.png(source, recipe.width, recipe.frame or 0))
    picture = _picture(drawing, source)
    found = fingerprint(picture) if recipe.shows_asset else None
    return Made(image.encode(picture, recipe.format), found)


def _picture(drawing: Drawing, source: IO[bytes]) -> Image.Image:
    asset, recipe = drawing.asset, drawing.recipe
    if recipe.kind == "strip":
        return video.strip(source, recipe.width, stills.aperture_of(asset))
    if recipe.kind == "crop":
        (annotation,) = drawing.annotations
        return stills.part(asset, source, recipe, enclosing_box(annotation, ImageGeometry.of(asset), recipe.margin))
    if recipe.tile is not None:
        return stills.tile(asset, source, recipe, *recipe.tile)
    picture = stills.whole(asset, source, recipe)
    if recipe.kind == "annotated":
        drawn = shapes(drawing.annotations, picture.size, Style.of(drawing.labels), ImageGeometry.of(asset))
        return raster.burned(picture, drawn)
    return picture


def _require_frame(asset: Mapping[str, Any], recipe: Recipe, source: IO[bytes]) -> None:
    """Raise Unrenderable for a missing frame of a video whose header states no frame count."""
    if asset.get("media_type") == "video" and not asset.get("frame_count"):
        video.still(source, int(recipe.frame or 0), 1)
