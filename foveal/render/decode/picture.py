"""The picture of an asset of any media type, image, video frame or DICOM frame, and its displayed size."""

import io
from collections.abc import Mapping
from dataclasses import replace
from typing import IO, Any, Final

from PIL import Image

from foveal.derivatives.recipes import Recipe
from foveal.derivatives.tiles import Tiles
from foveal.render.decode import dicom, image, linear, nifti, orientation, video
from foveal.render.decode.colour_space import ColourSpace

DICOM: Final = "application/dicom"
WHOLE: Final = 1 << 16
"""Wider than any frame that is decoded here."""
MAX_PREVIEW_BYTES: Final = 64 * 1024 * 1024


def whole(asset: Mapping[str, Any], source: IO[bytes], recipe: Recipe) -> Image.Image:
    """Return the picture, at most as wide as the recipe says. Raises Unrenderable if it cannot be decoded."""
    if asset.get("media_type") == "video":
        if recipe.frame is None:
            return video.poster(source, recipe.width, aperture_of(asset))
        return video.still(source, recipe.frame, recipe.width, aperture_of(asset))
    if _is_dicom(asset):
        return dicom.picture(source, recipe.width, recipe.frame or 0)
    if (decoded := _in_full(asset, source, recipe.frame or 0)) is not None:
        return image.cut(decoded, image.WHOLE, recipe.width)
    return image.upright(_shown(asset, source), recipe.width, recipe.frame or 0, _stated(asset))


def part(asset: Mapping[str, Any], source: IO[bytes], recipe: Recipe, box: image.Box) -> Image.Image:
    """Return a part `(left, top, right, bottom)`, relative, of the picture; widths and errors as in `whole`."""
    if asset.get("media_type") == "video":
        return image.cut(video.still(source, recipe.frame or 0, WHOLE, aperture_of(asset)), box, recipe.width)
    if _is_dicom(asset):
        return image.cut(dicom.picture(source, WHOLE, recipe.frame or 0), box, recipe.width)
    if (decoded := _in_full(asset, source, recipe.frame or 0)) is not None:
        return image.cut(decoded, box, recipe.width)
    return image.region(_shown(asset, source), box, recipe.width, recipe.frame or 0, _stated(asset))


def tile(asset: Mapping[str, Any], source: IO[bytes], recipe: Recipe, level: int, column: int, row: int) -> Image.Image:
    """Return a tile of the picture in its own size. Raises Unrenderable as `whole`."""
    tiles = Tiles.of(asset)
    width, height = tiles.tile_size(level, column, row)
    enough = replace(recipe, width=max(width, -(-height // 2)))  # `part` gives at most twice the width in height
    shown = part(asset, source, enough, tiles.box(level, column, row))
    return shown if shown.size == (width, height) else shown.resize((width, height), Image.Resampling.LANCZOS)


def _in_full(asset: Mapping[str, Any], source: IO[bytes], frame: int) -> Image.Image | None:
    """Return the picture of a format that is only decoded in its full size, None for any other format."""
    if asset.get("format") in linear.FORMATS:
        return linear.picture(asset, source)
    return nifti.picture(source, frame) if asset.get("format") == nifti.FORMAT else None


def _shown(asset: Mapping[str, Any], source: IO[bytes]) -> IO[bytes]:
    """Return the file to decode: the embedded JPEG of a camera's raw file, otherwise the object itself."""
    preview = asset.get("preview")
    if not preview or preview["size_bytes"] > MAX_PREVIEW_BYTES:
        return source
    source.seek(preview["offset"])
    return io.BytesIO(source.read(preview["size_bytes"]))


def shown_size(asset: Mapping[str, Any], size: tuple[int, int]) -> tuple[int, int]:
    """Return the displayed size of an asset of `(width, height)` in square pixels (a video may have others)."""
    aspect = asset.get("pixel_aspect")
    if not aspect:
        return size
    across = float(aspect["num"]) / float(aspect["den"])
    if orientation.of_asset(asset) in orientation.SIDEWAYS:
        return size[0], max(1, round(size[1] * across))
    return max(1, round(size[0] * across)), size[1]


def aperture_of(asset: Mapping[str, Any]) -> image.Aperture | None:
    """Return the displayed part of an asset's stored pixels `(left, top, width, height)`, None for all of them."""
    told = asset.get("clean_aperture")
    return (told["left"], told["top"], told["width"], told["height"]) if told else None


def _stated(asset: Mapping[str, Any]) -> image.Stated:
    is_probed = asset.get("width") is not None
    return image.Stated(
        ColourSpace(asset.get("transfer"), asset.get("colour_primaries")),
        aperture_of(asset),
        int(asset.get("orientation") or orientation.UPRIGHT) if is_probed else None,
        asset.get("format"),
        tuple((each["width"], each["height"]) for each in (asset.get("pyramid") or {}).get("levels") or ()),
    )


def _is_dicom(asset: Mapping[str, Any]) -> bool:
    return asset.get("mime_type") == DICOM or asset.get("format") == "dicom"
