"""Reader of LabelMe: an image for each JSON file, a record for each shape and each flag of the image that is set.

`imageData`, the whole image in base64, is not stored again: the text that is kept of the file has null in its place.
"""

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath
from typing import Any, Final

from foveal.formats.base.files.json_records import BadRecord, loads
from foveal.formats.base.files.json_scan import Element, scan
from foveal.formats.base.files.source import Source, pointer
from foveal.formats.base.model.context import Context
from foveal.formats.base.model.extra_bounds import bounded
from foveal.formats.base.model.fitting import fit
from foveal.formats.base.model.items import Annotation, Asset, FileWarning, FormatError, Item, Label, NotImported
from foveal.formats.labelme.shapes import BadShape, body_of

CERTAIN: Final = 0.9
IMAGE_DATA: Final = "has_image_data"
"""Member of an asset's extra: the file held the image itself, which is not stored again."""
MAX_SIDE: Final = 2**31 - 1
_FIRST_BYTES: Final = 65_536
_LOOKED_AT: Final = 5
_SHAPES: Final = re.compile(rb'"shapes"\s*:')
_OTHERS: Final = re.compile(rb'"(imagePath|imageData|shape_type|flags|version)"\s*:')
_OWN: Final = ("imagePath", "imageData", "imageHeight", "imageWidth", "shapes")


def score(source: Source) -> float:
    """Return how likely a source is of LabelMe: JSON files with `shapes` beside another member of the format."""
    for name in _names(source)[:_LOOKED_AT]:
        with source.open(name) as stream:
            start = stream.read(_FIRST_BYTES)
        if start.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{") and _SHAPES.search(start) and _OTHERS.search(start):
            return CERTAIN
    return 0.0


def read(source: Source, _context: Context) -> Iterator[Item]:
    """Yield the items of LabelMe files. Raises FormatError when none of them can be read."""
    labels, failures, names = set[str](), list[FormatError](), _names(source)
    for name in names:
        try:
            with source.open(name) as stream:
                elements = list(scan(stream))
            members = _members(elements)
        except FormatError as error:
            failures.append(FormatError(error.code, f"{name}: {error.message}"))
            yield NotImported(pointer(source, name, ""), error.message, "")
            continue
        if not {"imagePath", "shapes", "imageData"} & {each.section for each in elements}:
            failures.append(FormatError("not_labelme", f"{name} has no shapes and no imagePath: it is not of LabelMe."))
            yield FileWarning("not_labelme", failures[-1].message, name)
            continue
        for item in _image(source, name, elements, members):
            if isinstance(item, Annotation) and (label := item.body.get("label")) and label not in labels:
                labels.add(label)
                yield Label(label, {"labelme": [label]})
            yield item
    if not names or len(failures) == len(names):
        raise failures[0] if failures else FormatError("not_labelme", "There is no JSON file of LabelMe.")


def without_image(content: bytes, elements: Sequence[Element]) -> bytes:
    """Return the text of a file with null in place of `imageData`."""
    for each in elements:
        if each.section == "imageData" and each.index is None:
            return content[: each.offset] + b"null" + content[each.offset + len(each.raw) :]
    return content


def _image(source: Source, name: str, elements: Sequence[Element], members: dict[str, Any]) -> Iterator[Item]:
    with source.open(name) as stream:
        record = without_image(stream.read(), elements).decode("utf-8", "replace")
    sides = [members.get(each) for each in ("imageWidth", "imageHeight")]
    are_known = all(isinstance(side, int) and not isinstance(side, bool) and 0 < side <= MAX_SIDE for side in sides)
    extra = {key: value for key, value in members.items() if key not in _OWN}
    if isinstance(members.get("imageData"), str):
        extra[IMAGE_DATA] = True
    asset = Asset(
        _file_name(name, members.get("imagePath")),
        width=sides[0] if are_known else None,
        height=sides[1] if are_known else None,
        extra=extra,
        pointer=pointer(source, name, ""),
        record=record,
    )
    yield asset
    flags = members.get("flags")
    for flag, value in flags.items() if isinstance(flags, dict) else ():
        if value is True:
            body = {"type": "classification", "field": "ground_truth", "label": flag}
            place = pointer(source, name, f"/flags/{flag.replace('~', '~0').replace('/', '~1')}")
            yield fit(Annotation(asset.file_name, body, place, json.dumps(flag, ensure_ascii=False), "labelme"))
    for element in elements:
        if element.section == "shapes":
            yield from _shape(element, asset.file_name, pointer(source, name, element.pointer))


def _shape(element: Element, asset: str, place: str) -> Iterator[Item]:
    record = element.raw.decode("utf-8", "replace")
    try:
        found = fit(Annotation(asset, body_of(loads(element.raw)), place, record, "labelme"))
    except (BadRecord, BadShape) as reason:
        found = NotImported(place, str(reason), record, asset)
    yield from bounded(found) if isinstance(found, Annotation) else (found,)


def _members(elements: Sequence[Element]) -> dict[str, Any]:
    """Return the members of a file but for its shapes. Raises FormatError for a member that comes twice."""
    found: dict[str, Any] = {}
    lists: dict[str, int] = {}
    for each in elements:
        if each.index is not None:
            if each.index < lists.get(each.section, 0) or (each.index == 0 and each.section in found):
                raise FormatError("name_twice", f"The member {each.section} comes twice.")
            lists[each.section] = each.index + 1
        elif each.section in found or each.section in lists:
            raise FormatError("name_twice", f"The member {each.section} comes twice.")
        if each.section == "shapes":
            if each.index is None:
                raise FormatError("not_labelme", "The member shapes is no list.")
            continue
        try:
            value = loads(_short(each))
        except BadRecord as reason:
            raise FormatError("not_json", f"The member {each.section} cannot be read: {reason}.") from None
        if each.index is None:
            found[each.section] = value
        else:
            found.setdefault(each.section, []).append(value)
    return found


def _short(element: Element) -> bytes:
    """Return the text of a member, of an image in base64 the quotes alone."""
    return b'""' if element.section == "imageData" and element.raw.startswith(b'"') else element.raw


def _names(source: Source) -> Sequence[str]:
    return [name for name in source.names() if name.lower().endswith(".json")]


def _file_name(name: str, stated: Any) -> str:
    """Return the path of the image: as the file states it from its own folder, else named as the file."""
    folder = PurePosixPath(name).parent
    if not isinstance(stated, str) or not stated.strip("/\\ ."):
        return (folder / PurePosixPath(name).stem).as_posix()
    plain = stated.replace("\\", "/")
    if plain.startswith("/") or plain[1:2] == ":":
        plain = plain.rpartition("/")[2]
    parts: list[str] = []
    for part in (folder / plain).parts:
        if part == "..":
            del parts[-1:]
        elif part != ".":
            parts.append(part)
    return "/".join(parts) or plain
