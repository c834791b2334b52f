"""Facts of the media that lie beside the labels in a source, read from their headers."""

from collections.abc import Callable
from typing import BinaryIO, Final

from foveal.formats.context import AssetFacts
from foveal.formats.matching import AssetNames
from foveal.formats.source import Source
from foveal.probe import Budget, ProbeError, SourceError, probe

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


def prober(source: Source) -> Callable[[str], AssetFacts | None]:
    """Return a function that finds a file of the source by the name that a label file uses, and reads its facts."""
    names: AssetNames | None = None
    known: dict[str, AssetFacts | None] = {}

    def facts_of(file_name: str) -> AssetFacts | None:
        nonlocal names
        if names is None:
            names = AssetNames(each for each in source.around().names() if is_media(each))
        match = names.find(file_name)
        if match is None:
            return None
        if match.name not in known:
            known.clear()  # files come one after another: the last one is enough
            known[match.name] = _read(source.around(), match.name)
        return known[match.name]

    return facts_of


def is_media(name: str) -> bool:
    """Tell by its suffix whether a file is an image or a video."""
    return name[name.rfind(".") :].lower() in MEDIA_SUFFIXES


def _read(source: Source, name: str) -> AssetFacts | None:
    with source.open(name) as stream:
        try:
            facts = probe(_Ranges(stream, source.size(name)), None, Budget.of(name))
        except (ProbeError, SourceError):  # no picture that can be read: its sides stay unknown, as if it were absent
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
