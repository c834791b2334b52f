"""Sequences of MOTChallenge: a folder with `seqinfo.ini`, `gt/gt.txt`, `det/det.txt`; or a text file of results."""

import configparser
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Final

from foveal.formats.base.files.numbers import NotANumber, number
from foveal.formats.base.files.probing import is_media
from foveal.formats.base.files.source import Source, read_text
from foveal.formats.base.model.items import FileWarning, FormatError, Item, Section

CERTAIN: Final = 0.9
MAX_SIDE: Final = 2**31 - 1
_ROW: Final = re.compile(rb"^\s*\d+\s*,\s*-?\d+(?:\.0*)?\s*(?:,\s*-?\d+(?:\.\d*)?(?:[eE][+-]?\d+)?\s*){4,8},?\s*$")
_KINDS: Final = ("gt", "det")
_OTHER: Final = ("labels.txt", "readme.txt", "classes.txt")
_FIRST_BYTES: Final = 4096
_LOOKED_AT: Final = 20
_SPLITS: Final = ("train", "val", "test")
_VIDEOS: Final = (".mp4", ".mov", ".m4v", ".avi", ".mkv", ".webm")


@dataclass(slots=True)
class TrackedSequence:
    """A sequence: its name, its files of rows (whether each is ground truth), and what `seqinfo.ini` says."""

    name: str
    files: dict[str, bool] = field(default_factory=dict)
    info: Mapping[str, str] = field(default_factory=dict)
    classes: Mapping[int, str] | None = None

    def whole(self, name: str) -> int | None:
        """Return a positive whole number of `seqinfo.ini`, None where there is none."""
        try:
            value = number(self.info.get(name.lower()))
        except NotANumber:
            return None
        return int(value) if 0 < value <= MAX_SIDE and value == int(value) else None

    @property
    def split(self) -> str | None:
        """Split by the folder that the sequence lies in, as in MOT17/train."""
        return next((part for part in PurePosixPath(next(iter(self.files))).parts[:-1] if part in _SPLITS), None)


def score(source: Source) -> float:
    """Return how likely a source is of MOTChallenge: rows of 6 to 10 numbers between commas, frame and id first."""
    for name in row_names(source)[:_LOOKED_AT]:
        with source.open(name) as stream:
            lines = stream.read(_FIRST_BYTES).removeprefix(b"\xef\xbb\xbf").splitlines()
        first = next((line for line in lines if line.strip()), None)
        if first is not None:
            return CERTAIN if _ROW.match(first) else 0.0
    return 0.5 if any(PurePosixPath(name).name == "seqinfo.ini" for name in source.names()) else 0.0


def row_names(source: Source) -> Sequence[str]:
    """Return the names of the text files of rows: `gt` and `det` where there are any, else every text file."""
    texts = [
        name
        for name in source.names()
        if name.lower().endswith(".txt") and name.lower().rpartition("/")[2] not in _OTHER
    ]
    named = [name for name in texts if _kind(name)]
    return named or texts


def sequences(source: Source) -> Iterator[Item | TrackedSequence]:
    """Yield each sequence, with sections and warnings of its files before it."""
    found: dict[str, TrackedSequence] = {}
    for name in row_names(source):
        folder = _folder(name)
        sequence = found.setdefault(folder, TrackedSequence(folder))
        kind = _kind(name)
        sequence.files[name] = kind == "gt" or (kind is None and _has_classes(source, name))
    present = set(source.names())
    stems = [PurePosixPath(folder).name for folder in found]
    videos = {PurePosixPath(name).stem: name for name in source.around().names() if name.lower().endswith(_VIDEOS)}
    for folder, sequence in found.items():
        prefix = f"{folder}/" if folder and _kind(next(iter(sequence.files))) else ""
        if f"{prefix}seqinfo.ini" in present:
            yield Section(f"{prefix}seqinfo.ini", read_text(source, f"{prefix}seqinfo.ini", keep_mark=True))
            try:
                sequence.info = _info(read_text(source, f"{prefix}seqinfo.ini"))
            except (configparser.Error, FormatError) as error:
                yield FileWarning("no_seqinfo", f"{prefix}seqinfo.ini cannot be read: {error}.", f"{prefix}seqinfo.ini")
        for name in (f"{prefix}gt/labels.txt", f"{prefix}labels.txt"):
            if name in present and sequence.classes is None:
                text = read_text(source, name, keep_mark=True)
                yield Section(name, text)
                lines = enumerate(text.removeprefix("\ufeff").splitlines(), 1)
                sequence.classes = {at: line.strip() for at, line in lines if line.strip()}
        stem = PurePosixPath(folder).name
        own = sequence.info.get("name", "").strip()
        sequence.name = own if own and len(found) == 1 else (stem if stems.count(stem) == 1 else folder) or "sequence"
        sequence.name = videos.get(stem) or videos.get(own) or sequence.name
        yield sequence


def first_frame(source: Source, sequence: TrackedSequence) -> str | None:
    """Return the name of an image of the sequence that lies in the source."""
    folder = _folder(next(iter(sequence.files)))
    prefix = f"{folder}/" if folder else ""
    return next((name for name in source.around().names() if name.startswith(prefix) and is_media(name)), None)


def _kind(name: str) -> str | None:
    path = PurePosixPath(name)
    return next((kind for kind in _KINDS if path.parent.name == kind or path.stem == kind), None)


def _folder(name: str) -> str:
    """Return the folder of the sequence of a file; for a file of results its path without the suffix."""
    path = PurePosixPath(name)
    if path.parent.name in _KINDS:
        folder = path.parent.parent
    elif path.stem in _KINDS:
        folder = path.parent
    else:
        folder = path.with_suffix("")
    return "" if folder == PurePosixPath(".") else folder.as_posix()


def _has_classes(source: Source, name: str) -> bool:
    """Tell by its first row whether a file with another name is ground truth, which has 8 or 9 columns."""
    with source.open(name) as stream:
        first = stream.readline(_FIRST_BYTES)
    return len(first.rstrip(b", \r\n").split(b",")) in (8, 9)


def _info(text: str) -> Mapping[str, str]:
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    parser.read_string(text)
    return dict(parser["Sequence"]) if parser.has_section("Sequence") else {}
