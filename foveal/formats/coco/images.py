"""Images of COCO files as assets."""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from foveal.formats.base.model.items import Asset
from foveal.formats.coco.index import key_of
from foveal.formats.coco.records import BrokenRecord, parse, side_of, text_of

MAX_NAME: Final = 1024
_URLS: Final = ("coco_url", "flickr_url", "url")


def read_image(raw: bytes, pointer: str, split: str | None, *, labelled: bool) -> Asset:
    """Return an image as an asset. Raises BrokenRecord for one without an id or a name."""
    members = parse(raw)
    key, name = key_of(members.get("id")), _name(members)
    if key is None:
        raise BrokenRecord("it has no id")
    if name is None:
        raise BrokenRecord(f"it has no file_name of 1 to {MAX_NAME} characters")
    width, height = side_of(members.get("width")), side_of(members.get("height"))
    has_sides = width is not None and height is not None
    known = {"id", "file_name"} | ({"width", "height"} if has_sides else set())
    return Asset(
        name,
        labelled=labelled,
        split=split,
        width=width if has_sides else None,
        height=height if has_sides else None,
        external_id=key,
        extra={each: value for each, value in members.items() if each not in known},
        pointer=pointer,
        record=text_of(raw),
    )


def _name(members: Mapping[str, Any]) -> str | None:
    """Return the name of an image; in LVIS files, which have none, the path of its address."""
    if _is_name(name := members.get("file_name")):
        return str(name)
    for each in _URLS:
        if isinstance(address := members.get(each), str):
            try:
                path = unquote(urlsplit(address).path).lstrip("/")
            except ValueError:
                continue
            if _is_name(path):
                return path
    return None


def _is_name(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value) <= MAX_NAME and "\0" not in value
