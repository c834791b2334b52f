"""Panoptic COCO: one record an image, its segments painted into a PNG as ids R + 256 G + 65536 B (0 = void).

Source: cocodataset.org, "Data format", Panoptic Segmentation; cocodataset/panopticapi, `utils.py`, `rgb2id`.
"""

from array import array
from collections.abc import Callable, Mapping, Sequence
from itertools import chain, groupby
from pathlib import PurePosixPath
from typing import Any

from foveal.encoding import rle
from foveal.formats.base.files.png import PngError, decode
from foveal.formats.base.files.source import Source, read_bytes
from foveal.formats.base.model.items import FormatError
from foveal.formats.coco.annotations import Reading, Sides, read_annotation
from foveal.formats.coco.classes import Category
from foveal.formats.coco.index import key_of
from foveal.formats.coco.records import BrokenRecord


def id_map_name(source: Source, json_name: str, file_name: Any) -> str:
    """Return the name of a PNG: in the folder named as the JSON file, beside it, or in the only folder of id maps.

    Raises BrokenRecord when it is not there.
    """
    if not isinstance(file_name, str) or not file_name:
        raise BrokenRecord("it names no PNG of its segments")
    wanted = PurePosixPath(file_name.replace("\\", "/"))
    path = PurePosixPath(json_name)
    for folder in (path.with_suffix(""), path.parent):
        if _is_there(source, str(folder / wanted)):
            return str(folder / wanted)
    found = [
        name for name in source.names() if name.endswith(f"/{wanted.name}") and "panoptic" in name.rpartition("/")[0]
    ]
    if len(found) != 1:
        raise BrokenRecord(f"its PNG {file_name} is not there: put it into the folder {path.stem} beside {path.name}")
    return found[0]


def _is_there(source: Source, name: str) -> bool:
    try:
        source.size(name)
    except (OSError, ValueError):  # a name with NUL is no name
        return False
    return True


def read_segments(
    source: Source,
    json_name: str,
    members: Mapping[str, Any],
    sides: Sides | None,
    category_of: Callable[[Mapping[str, Any]], Category | None],
    layer: str,
) -> Reading:
    """Return the segments of one image, each a mask of its own. Raises BrokenRecord when none can be read."""
    name = id_map_name(source, json_name, members.get("file_name"))
    masks, (width, height) = masks_of(source, name, sides)
    found, problem = Reading(), "it has no segments"
    for segment in members["segments_info"]:
        try:
            number = key_of(segment.get("id")) if isinstance(segment, dict) else None
            if not isinstance(number, int) or number not in masks:
                raise BrokenRecord(f"the PNG has no pixel of its segment {number!r}")
            outline = {"size": [height, width], "counts": masks[number]}
            reading = read_annotation(
                {**segment, "segmentation": outline}, category_of(segment), (width, height), layer, str(number)
            )
        except BrokenRecord as broken:
            problem = str(broken)
            found.warn("segment_not_read", f"A segment is not read: {broken}.")
            continue
        for body in reading.bodies:
            body["extra"] = {"segment_id": number} | body.get("extra", {})
        found.bodies += reading.bodies
        found.warnings += reading.warnings
    if not found.bodies:
        raise BrokenRecord(problem)
    named = {key_of(each.get("id")) for each in members["segments_info"] if isinstance(each, dict)}
    if unnamed := sorted(masks.keys() - named):
        found.warn("unnamed_pixels", f"{name} has pixels of {len(unnamed)} segments that the record does not name.")
    return found


def masks_of(source: Source, name: str, sides: Sides | None) -> tuple[Mapping[int, str], Sides]:
    """Return the packed runs of each id in a PNG but 0, and its width and height.

    Raises BrokenRecord for a PNG that cannot be read, or that has not the sides of the image.
    """
    try:
        picture = decode(read_bytes(source, name))
    except PngError as error:
        raise BrokenRecord(f"its PNG {name} is not read: {error}") from error
    except FormatError as error:
        raise BrokenRecord(error.message) from error
    size = (picture.width, picture.height)
    if sides is not None and size != sides:
        raise BrokenRecord(f"its PNG has {size[0]} x {size[1]} pixels, its image {sides[0]} x {sides[1]}")
    planes = _planes(picture.samples, picture.channels, picture.palette)
    return {number: rle.packed(runs) for number, runs in _runs(planes, *size).items()}, size


def _planes(samples: bytes, channels: int, palette: bytes | None) -> Sequence[bytes]:
    """Return the bytes of the ids, the lowest first."""
    if palette is not None:
        colours = palette.ljust(768, b"\0")
        return [samples.translate(colours[channel::3]) for channel in range(3)]
    return [samples[channel::channels] for channel in range(3 if channels > 2 else 1)]


def _runs(planes: Sequence[bytes], width: int, height: int) -> dict[int, list[int]]:
    """Return the runs of each id down the columns."""
    words = bytearray(4 * width * height)
    for place, plane in enumerate(planes):
        words[place::4] = plane
    ids = array("I")
    ids.frombytes(bytes(words))
    if _IS_BIG_ENDIAN:
        ids.byteswap()
    found: dict[int, list[int]] = {}
    ends: dict[int, int] = {}
    position = 0
    for number, run in groupby(chain.from_iterable(ids[column::width] for column in range(width))):
        length = sum(1 for _ in run)
        if number:
            found.setdefault(number, []).extend((position - ends.get(number, 0), length))
            ends[number] = position + length
        position += length
    for number, end in ends.items():
        if end < position:
            found[number].append(position - end)
    return found


_IS_BIG_ENDIAN = array("H", b"\0\1")[0] == 1
