"""Manifest of a CVAT data set: JSON lines with the name and the sides of each image, in order, or of one video.

Source: CVAT, "Dataset manifest". It is made from what the catalog knows: no image is opened.
"""

import json
from collections.abc import Iterator
from typing import Any, Final

from foveal.formats.base.files.source import Source, pointer
from foveal.formats.base.model.items import Asset, FileWarning, Item, NotImported, Section

MAX_LINE_BYTES: Final = 1 << 20
_MEMBERS: Final = ("name", "extension", "width", "height")


def manifest_assets(source: Source, name: str, known: set[str]) -> Iterator[Item]:
    """Yield the assets of a manifest that no annotation file has named; nobody has labelled them."""
    with source.open(name) as stream:
        number = 0
        while line := stream.readline(MAX_LINE_BYTES + 1):
            number += 1
            where = pointer(source, name, f"L{number}")
            text = line.decode("utf-8-sig", "replace").strip()
            item = _item(text, where) if len(line) <= MAX_LINE_BYTES else "the line is too long"
            if isinstance(item, str):
                yield NotImported(where, item, text)
            elif isinstance(item, Asset) and item.file_name in known:
                continue
            elif item is not None:
                if isinstance(item, Asset):
                    known.add(item.file_name)
                yield item


def _item(text: str, where: str) -> Asset | Section | FileWarning | str | None:
    """Return the asset of a line, its section, nothing for a frame of a video; or why the line cannot be read."""
    try:
        members: Any = json.loads(text) if text else None
    except (ValueError, RecursionError):
        return "the line is not JSON"
    match members:
        case None:
            return FileWarning("empty_line", "CVAT refuses a manifest with an empty line.", where)
        case {"version": _} | {"type": _}:
            return Section("manifest", text)
        case {"number": _}:
            return None
        case {"properties": {"name": str(name), **properties}}:
            sides = properties.get("resolution")
            width, height = sides if isinstance(sides, list) and len(sides) == 2 else (None, None)
            return _asset(name, width, height, _whole(properties.get("length")), {}, where, text)
        case {"name": str(name), **rest}:
            extension = rest.get("extension")
            extra = {str(key): value for key, value in rest.items() if key not in _MEMBERS}
            full = name + extension if isinstance(extension, str) else name
            return _asset(full, rest.get("width"), rest.get("height"), None, extra, where, text)
    return "the line has no name"


def _asset(
    name: str, width: Any, height: Any, frames: int | None, extra: dict[str, Any], where: str, text: str
) -> Asset | str:
    if not 0 < len(name) <= 1024 or "\0" in name:
        return "the name must have 1 to 1024 characters"
    return Asset(
        name,
        labelled=False,
        width=_whole(width),
        height=_whole(height),
        frame_count=frames,
        extra=extra,
        pointer=where,
        record=text,
    )


def _whole(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 2**31 else None
