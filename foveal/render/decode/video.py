"""Decoding of videos: a poster frame, a preview strip of ten frames, a frame by its number."""

from typing import IO, Any, Final

import numpy as np
from PIL import Image

from foveal.errors import Unrenderable
from foveal.render.decode.videos import frames, opening
from foveal.render.decode.videos.pictures import Aperture, picture

STRIP_FRAMES: Final = 10
POSTER_AT: Final = 0.1
POSTER_LATEST_SECONDS: Final = 5.0
POSTER_ELSEWHERE: Final = (0.25, 0.5, 0.75)
"""Parts of the duration to look at where the poster would be black."""
BLACK: Final = 32
"""A picture is black if in 99 of 100 pixels no channel is higher (of 255)."""


def poster(source: IO[bytes], width: int, aperture: Aperture | None = None) -> Image.Image:
    """Return a frame from the first tenth of a video, at most `width` wide and twice that high, upright.

    Where that is black, since many videos fade in, it is a later one. `aperture` `(left, top, width, height)` is the
    displayed part of the stored pixels, from the container. Raises Unrenderable for a file without a video that can be
    decoded.
    """
    with opening.opened(source, is_every_frame_decoded=False) as (container, stream):
        seconds = opening.stated_duration(container, stream)
        first = picture(
            frames.key_frame_at(container, stream, min(seconds * POSTER_AT, POSTER_LATEST_SECONDS)),
            stream,
            width,
            aperture,
        )
        if not _is_black(first):
            return first
        seconds = opening.duration(container, stream)
        for part in POSTER_ELSEWHERE:
            other = _found(container, stream, seconds * part, width, aperture)
            if other is not None and not _is_black(other):
                return other
        return first


def strip(source: IO[bytes], width: int, aperture: Aperture | None = None) -> Image.Image:
    """Return ten frames from evenly spaced instants side by side, each at most `width` wide.

    Where an instant cannot be decoded, the frame before it is repeated. Raises Unrenderable as `poster` does.
    """
    with opening.opened(source, is_every_frame_decoded=False) as (container, stream):
        seconds = opening.duration(container, stream)
        instants = [seconds * (index + 0.5) / STRIP_FRAMES for index in range(STRIP_FRAMES)]
        found = [_found(container, stream, instant, width, aperture) for instant in instants]
        tiles = [each for each in found if each is not None]
        if not tiles:
            raise Unrenderable("The video has no frame that can be decoded.")
        shown = tiles[0]
        output = Image.new("RGB", (shown.width * STRIP_FRAMES, shown.height))
        for index, tile in enumerate(found):
            shown = tile or shown
            output.paste(shown.resize(tiles[0].size), (index * tiles[0].width, 0))
        return output


def still(source: IO[bytes], frame: int, width: int, aperture: Aperture | None = None) -> Image.Image:
    """Return the frame of a number, counted from 0 in the order of presentation, as `poster`.

    Raises Unrenderable as `poster` does, and for a frame that does not exist.
    """
    with opening.opened(source, is_every_frame_decoded=True) as (container, stream):
        return picture(frames.frame_at(container, stream, frame), stream, width, aperture)


def _found(container: Any, stream: Any, seconds: float, width: int, aperture: Aperture | None) -> Image.Image | None:
    """Return the picture of an instant, None where none can be decoded."""
    try:
        return picture(frames.key_frame_at(container, stream, seconds), stream, width, aperture)
    except (Unrenderable, *opening.ERRORS):
        return None


def _is_black(image: Image.Image) -> bool:
    brightest = np.asarray(image.convert("RGB")).max(axis=2)
    return float(np.percentile(brightest, 99)) <= BLACK
