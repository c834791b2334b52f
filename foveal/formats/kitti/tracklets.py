"""Tracklets of KITTI's raw recordings: boxes of objects in space through the frames of a drive, as boost writes them.

A pose places the centre of the bottom face in the coordinates of the Velodyne scanner: x forward, y left, z up (KITTI
raw data devkit `readme.txt`, "Tracklet Labels"). Frames count from 0.
"""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any, Final

from foveal.formats.base.files.numbers import NotANumber, number
from foveal.formats.base.files.source import Source, pointer, read_bytes
from foveal.formats.base.files.xml_scan import Element, decoded, parse
from foveal.formats.base.model.fitting import fit
from foveal.formats.base.model.items import Annotation, Asset, FileWarning, FormatError, Item, NotImported

_ROOT: Final = re.compile(rb"<boost_serialization[\s>].*?<tracklets[\s>]", re.DOTALL)
_FIRST_BYTES: Final = 4096
_OCCLUSION: Final = {0: False, 1: True, 2: True}
_TRUNCATION: Final = {0: False, 1: True}
"""0 in the image, 1 truncated; 2 outside, 99 behind it and -1 say nothing of this kind."""
_PLACE: Final = ("tx", "ty", "tz", "rx", "ry", "rz")


def is_tracklets(source: Source, name: str) -> bool:
    """Tell by its first bytes whether a file holds tracklets."""
    with source.open(name) as stream:
        return bool(_ROOT.search(stream.read(_FIRST_BYTES)))


def read_tracklets(source: Source, name: str) -> Iterator[Item]:
    """Yield the drive of a file of tracklets, and a record for each pose. Raises FormatError with the file's name."""
    try:
        content = read_bytes(source, name)
        root = parse(content)
        record = decoded(content)
    except FormatError as error:
        raise FormatError(error.code, f"{name}: {error.message}") from error
    path = PurePosixPath(name)
    asset = Asset(
        path.parent.as_posix() if path.parent.name else path.stem, pointer=pointer(source, name, ""), record=record
    )
    yield asset
    tracklets = root.find("tracklets")
    for at, item in enumerate(tracklets.all("item") if tracklets else (), 1):
        poses = item.find("poses")
        found = poses.all("item") if poses else []
        if not found:
            yield NotImported(pointer(source, name, item.path), "the object has no poses", item.record, asset.file_name)
        for offset, pose in enumerate(found):
            place = pointer(source, name, pose.path)
            try:
                body = _body(item, pose, at, offset)
            except NotANumber as reason:
                yield NotImported(place, str(reason), pose.record, asset.file_name)
                continue
            yield fit(Annotation(asset.file_name, body, place, pose.record, "kitti"))
            if min(body["box3d"]["dimensions"]) < 0:
                yield FileWarning(
                    "negative_size", "A side of the box in space is negative; it is kept as it is.", place
                )


def _body(item: Element, pose: Element, track: int, offset: int) -> dict[str, Any]:
    high, wide, length = (number(item.value(name), name) for name in ("h", "w", "l"))
    first = number(item.value("first_frame"), "first_frame")
    x, y, z, *rotation = (number(pose.value(name), name) for name in _PLACE)
    if first < 0 or first != int(first):
        raise NotANumber(f"first_frame is {first:g}")
    body: dict[str, Any] = {
        "type": "cuboid_3d",
        "field": "ground_truth",
        "frame_index": int(first) + offset,
        "track_id": str(track),
        "box3d": {"location": [x, y, z + high / 2], "dimensions": [length, wide, high], "rotation": rotation},
        "extra": {each.name: each.text for each in pose.children if each.name not in _PLACE} | {"scene": "velodyne"},
    }
    if label := item.value("objectType"):
        body["label"] = label
    for ours, name, levels in (("occluded", "occlusion", _OCCLUSION), ("truncated", "truncation", _TRUNCATION)):
        text = pose.value(name)
        if text and (value := levels.get(int(number(text, name)))) is not None:
            body[ours] = value
    return body
