"""Formats by name, each loaded at its first use; a format is two functions and what they ask."""

import importlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from foveal.formats.base.files.probing import is_media
from foveal.formats.base.files.source import Source
from foveal.formats.base.files.target import Target
from foveal.formats.base.model.context import Context
from foveal.formats.base.model.dataset import Dataset
from foveal.formats.base.model.items import FormatError, Item
from foveal.formats.base.model.loss import LossReport
from foveal.formats.base.model.names import plain_name


@dataclass(frozen=True, slots=True)
class Format:
    """A format: how likely a source is of it, its reader, its writer, and its options with a sentence each.

    `score` returns 0 (no) to 1 (certain) from names and first bytes alone; `read` raises FormatError for a source
    that it refuses; `write` tells losses and raises FormatError for a data set that the format cannot hold at all. A
    writer that `takes_pixels` does not look at relative outlines where there are the same in pixels, of an asset whose
    sides are known. One that `takes_records` does not look at any outlines of unedited annotations with a record of its
    own format, unless an option is given.
    `copy` writes the files of a source of the same format as they stand, without people and secrets, and returns False
    where they have to be written anew; a format without it has writers that are as fast.
    """

    name: str
    title: str
    score: Callable[[Source], float]
    read: Callable[[Source, Context], Iterator[Item]]
    write: Callable[[Dataset, Target, Context, LossReport], None] | None = None
    read_options: Mapping[str, str] = field(default_factory=dict)
    write_options: Mapping[str, str] = field(default_factory=dict)
    takes_pixels: bool = False
    takes_records: bool = False
    copy: Callable[[Source, Target, LossReport], bool] | None = None


MODULES: Final[Mapping[str, str]] = {
    "coco": "foveal.formats.coco",
    "yolo": "foveal.formats.yolo",
    "voc": "foveal.formats.voc",
    "cvat": "foveal.formats.cvat",
    "label_studio": "foveal.formats.label_studio",
    "fiftyone": "foveal.formats.fiftyone",
    "parquet": "foveal.formats.tables.parquet",
    "csv": "foveal.formats.tables.csv",
    "kitti": "foveal.formats.kitti",
    "mot": "foveal.formats.mot",
    "openimages": "foveal.formats.openimages",
    "labelme": "foveal.formats.labelme",
    "webdataset": "foveal.formats.webdataset",
    "croissant": "foveal.formats.croissant",
}
"""Module of each format; each has a constant `FORMAT`."""
MIN_SCORE: Final = 0.3
SHOWN_NAMES: Final = 3
ARCHIVES: Final = (".zip", ".tar")
JSON_LINES: Final = (".jsonl", ".ndjson")


def load(name: str) -> Format:
    """Return a format by its name or an alias. Raises FormatError with the names that there are."""
    module = MODULES[plain_name(name)]
    found: Format = importlib.import_module(module).FORMAT
    return found


def chosen(source: Source, name: str | None) -> Format:
    """Return the format of this name, without one the format that a source is in.

    Raises FormatError, also for several files that each hold a data set: their names would meet in one source.
    """
    if name is None:
        return detect(source)
    format_ = load(name)
    if _are_data_sets(source) and not format_.score(source):
        raise _each_by_itself(source)
    return format_


def detect(source: Source) -> Format:
    """Return the format that a source is in. Raises FormatError when none or several are as likely."""
    formats = list(map(load, MODULES))
    scores: Sequence[tuple[float, Format]] = [(each.score(source), each) for each in formats]
    best = max(score for score, _ in scores)
    likely = [each for score, each in scores if score == best]
    if best < MIN_SCORE:
        if _are_data_sets(source):
            raise _each_by_itself(source)
        raise FormatError(
            "unknown_format", f"{_content(source)}: if there are labels, say --format {'|'.join(MODULES)}."
        )
    if len(likely) > 1:
        names = "|".join(each.name for each in likely)
        raise FormatError("ambiguous_format", f"The files may be of several formats: say --format {names}.")
    return likely[0]


def _are_data_sets(source: Source) -> bool:
    """Tell whether each file of a folder holds a whole data set: archives, or several of JSON lines."""
    names = source.names()
    kinds = {next((kind for kind in (ARCHIVES, JSON_LINES) if name.endswith(kind)), None) for name in names}
    return source.main is None and (kinds == {ARCHIVES} or (kinds == {JSON_LINES} and len(names) > 1))


def _each_by_itself(source: Source) -> FormatError:
    names = source.names()
    return FormatError(
        "several_data_sets",
        f"{_shown(names)}: each file is a data set of its own. Give one at a time; their annotations add up.",
    )


def _shown(names: Sequence[str]) -> str:
    more = f" and {len(names) - SHOWN_NAMES} more" if len(names) > SHOWN_NAMES else ""
    return ", ".join(names[:SHOWN_NAMES]) + more


def _content(source: Source) -> str:
    """Return a sentence on a source that no format knows."""
    names = [name for name in ([source.main] if source.main else source.names()) if not is_media(name)]
    if not source.names():
        return "There are no files"
    if not names:
        return "There are images or videos alone, no label files"
    shown = _shown(names)
    if not any(map(source.size, names[:1000])):
        return f"{shown}: nothing in it" if len(names) == 1 else f"{shown}: nothing in them"
    return f"The format is not recognised from {shown}"
