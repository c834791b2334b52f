"""Assets of an export on disk: passes after the first one see what it saw, whatever is edited meanwhile."""

from collections.abc import Iterable, Iterator
from typing import BinaryIO, Final

import msgspec

from foveal.formats.base.model.dataset import LabelledAsset

_LINE_END: Final = b"\n"


class Spool:
    """Keeps the assets of the first complete pass in a file, a line of JSON each."""

    def __init__(self, file: BinaryIO) -> None:
        self._file, self._is_complete = file, False

    def through(self, assets: Iterable[LabelledAsset]) -> Iterator[LabelledAsset]:
        """Yield the assets of an earlier pass, or else the given ones, and keep them. One pass at a time."""
        if self._is_complete:
            yield from self._kept()
            return
        self._file.seek(0)
        self._file.truncate()
        for each in assets:
            self._file.write(msgspec.json.encode(each) + _LINE_END)
            yield each
        self._file.flush()
        self._is_complete = True

    def _kept(self) -> Iterator[LabelledAsset]:
        decoder = msgspec.json.Decoder(LabelledAsset)
        self._file.seek(0)
        yield from map(decoder.decode, self._file)
