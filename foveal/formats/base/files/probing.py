"""Facts of the media that lie beside the labels in a source, read from their headers."""

import re
from collections.abc import Callable
from pathlib import PurePosixPath
from typing import BinaryIO, Final

from foveal.formats.base.files.source import Source
from foveal.formats.base.model.context import AssetFacts
from foveal.formats.base.model.matching import AssetNames
from foveal.probe import Budget, ProbeError, SourceError, probe

_LABEL_PICTURE: Final = re.compile(
    r"(?:^|/)(?:Segmentation(?:Object|Class)|[^/]*(?:panoptic|mask)[^/]*)/(?:.*/)?[^/]+\.png$", re.IGNORECASE
)
MEDIA_SUFFIXES: Final = frozenset(
    [
        ".jpg",
        ".jpeg",
        ".png",
        ".bmp",
        ".gif",
        ".webp",
        ".tif",
        ".tiff",
        ".heic",
        ".avif",
        ".mp4",
        ".mov",
        ".m4v",
        ".avi",
        ".mkv",
        ".webm",
        ".dcm",
        ".ppm",
        ".pgm",
    ]
)


FOLDERS: Final = ("", "images/", "data/")
"""Folders beside a file of labels in which tools put the media that it names."""


def prober(source: Source) -> Callable[[str], AssetFacts | None]:
    """Return a function that finds a file of the source by the name that a label file uses, and reads its facts.

    Beside a single file, which may lie among a million others, only the usual places are looked at.
    """
    is_file = source.main is not None and len(source.names()) == 1
    find = _beside(source) if is_file else _within(source)
    known: dict[str, AssetFacts | None] = {}

    def facts_of(file_name: str) -> AssetFacts | None:
        name = find(file_name)
        if name is None:
            return None
        if name not in known:
            known.clear()  # files come one after another: the last one is enough
            known[name] = _read(source.around(), name)
        return known[name]

    return facts_of


def _within(source: Source) -> Callable[[str], str | None]:
    names: AssetNames | None = None

    def find(file_name: str) -> str | None:
        nonlocal names
        if names is None:
            names = AssetNames(each for each in source.around().names() if is_media(each))
        match = names.find(file_name)
        return match.name if match else None

    return find


def _beside(source: Source) -> Callable[[str], str | None]:
    around = source.around()

    def find(file_name: str) -> str | None:
        if not is_media(file_name):
            return None
        base = PurePosixPath(file_name.replace("\\", "/")).name
        for name in dict.fromkeys((file_name, *(f"{folder}{base}" for folder in FOLDERS))):
            try:
                around.size(name)
            except (OSError, ValueError):  # not there, or no name that a file can have
                continue
            return name
        return None

    return find


def is_media(name: str) -> bool:
    """Tell by its suffix whether a file is an image or a video."""
    return name[name.rfind(".") :].lower() in MEDIA_SUFFIXES


def is_label_picture(name: str) -> bool:
    """Tell by its path whether a picture holds labels: PNGs of Pascal VOC, id maps of panoptic COCO, masks."""
    return _LABEL_PICTURE.search(name) is not None


def _read(source: Source, name: str) -> AssetFacts | None:
    try:
        with source.open(name) as stream:
            facts = probe(_Ranges(stream, source.size(name)), None, Budget.of(name))
    except (
        ProbeError,
        SourceError,
        OSError,
    ):  # no picture that can be read: its sides are unknown, as if it were absent
        return None
    if not facts.width or not facts.height:
        return None
    return AssetFacts(facts.width, facts.height, facts.orientation or 1, facts.frame_count)


class _Ranges:
    """Byte ranges of a stream that can seek."""

    def __init__(self, stream: BinaryIO, size: int) -> None:
        self.size, self._stream = size, stream

    def read(self, offset: int, length: int) -> bytes:
        self._stream.seek(offset)
        return self._stream.read(length)
