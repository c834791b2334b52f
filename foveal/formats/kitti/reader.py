"""Reader of KITTI: an image for each text file of labels, a record for each row; a drive for each tracklet file."""

import re
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath
from typing import Final

from foveal.formats.base.files.numbers import NotANumber
from foveal.formats.base.files.probing import is_media
from foveal.formats.base.files.source import Source, pointer, read_bytes, read_text
from foveal.formats.base.model.context import Context
from foveal.formats.base.model.fitting import fit
from foveal.formats.base.model.items import (
    Annotation,
    Asset,
    FileWarning,
    FormatError,
    Item,
    Label,
    NotImported,
    Section,
)
from foveal.formats.base.model.matching import AssetNames
from foveal.formats.kitti.rows import bodies
from foveal.formats.kitti.tracklets import is_tracklets, read_tracklets

CERTAIN: Final = 0.9
LISTS: Final = re.compile(r"(?:^|/)ImageSets/([^/]+)\.txt$")
_ROW: Final = re.compile(
    rb"^\s*(?:\xef\xbb\xbf)?[^\W\d][\w-]*(?:[ \t]+[^\W\d][\w-]*)*(?:[ \t]+-?\d+(?:\.\d*)?(?:[eE][+-]?\d+)?){14,15}\s*$"
)
_OTHER_FOLDERS: Final = frozenset(["calib", "imagesets", "oxts", "planes", "velodyne", "velodyne_points", "devkit"])
_SPLITS: Final = {"train": "train", "val": "val", "valid": "val", "validation": "val", "test": "test"}
_FIRST_BYTES: Final = 4096
_LOOKED_AT: Final = 20


def score(source: Source) -> float:
    """Return how likely a source is of KITTI: rows of a word and 14 or 15 numbers, or tracklets of boost."""
    for name in label_names(source)[:_LOOKED_AT]:
        with source.open(name) as stream:
            lines = stream.read(_FIRST_BYTES).splitlines()
        first = next((line for line in lines if line.strip()), None)
        if first is not None:
            return CERTAIN if _ROW.match(first) else 0.0
    return CERTAIN if any(is_tracklets(source, name) for name in _xml_names(source)[:5]) else 0.0


def label_names(source: Source) -> Sequence[str]:
    """Return the names of the text files of labels: those in folders named label…, else all but those of other data."""
    texts = [name for name in source.names() if name.lower().endswith(".txt") and not LISTS.search(name)]
    labels = [name for name in texts if any(part.lower().startswith("label") for part in _folders(name))]
    return labels or [name for name in texts if not _OTHER_FOLDERS & {part.lower() for part in _folders(name)}]


def read(source: Source, context: Context) -> Iterator[Item]:
    """Yield the items of KITTI labels. Raises FormatError when no file can be read."""
    labels = set[str]()
    for item in _items(source, context):
        if isinstance(item, Annotation) and (label := item.body.get("label")) and label not in labels:
            labels.add(label)
            yield Label(label, {"kitti": [label]})
        yield item


def _items(source: Source, context: Context) -> Iterator[Item]:
    names, xmls = label_names(source), [name for name in _xml_names(source) if is_tracklets(source, name)]
    if not names and not xmls:
        raise FormatError("not_kitti", "There is no text file of labels and no file of tracklets of KITTI.")
    splits, failures = dict[str, str](), list[FormatError]()
    for name in source.names():
        if match := LISTS.search(name):
            text = read_text(source, name, keep_mark=True)
            yield Section(name, text)
            for line in text.removeprefix("\ufeff").split():
                splits.setdefault(line, match[1])
    images = _Images(source, names, context.names)
    for name in names:
        try:
            text = read_bytes(source, name).decode()
        except (FormatError, UnicodeDecodeError) as error:
            reason = error.message if isinstance(error, FormatError) else f"it is not UTF-8 at byte {error.start}"
            failures.append(FormatError("not_utf8", f"{name}: {reason}."))
            yield NotImported(pointer(source, name, ""), reason, "")
            continue
        image, stem = images.name_of(name), PurePosixPath(name).stem
        place, split = pointer(source, name, ""), splits.pop(stem, None) or _split_of(name)
        is_truth = any(part.lower().startswith("label") for part in _folders(name))
        yield Asset(image, split=split, external_id=stem, pointer=place, record=text)
        for at, line in enumerate(text.removeprefix("\ufeff").split("\n"), 1):
            if line.strip():
                yield from _row(line.rstrip("\r"), image, pointer(source, name, f"L{at}"), is_truth=is_truth)
    for name in xmls:
        yield from read_tracklets(source, name)
    if failures and len(failures) == len(names) and not xmls:
        raise failures[0]
    for stem, split in splits.items():
        yield Asset(images.image_of(stem), labelled=False, split=split, external_id=stem)


def _row(line: str, image: str, place: str, *, is_truth: bool) -> Iterator[Item]:
    try:
        found = bodies(line, is_truth=is_truth)
    except NotANumber as reason:
        yield NotImported(place, str(reason), line, image)
        return
    if len(found) > 1:
        for body in found:
            body["instance_id"] = place.rpartition("#")[2]
    fitted = [fit(Annotation(image, body, place, line, "kitti")) for body in found]
    yield next((each for each in fitted if isinstance(each, NotImported)), fitted[0])
    if not any(isinstance(each, NotImported) for each in fitted):
        yield from fitted[1:]
    given = found[0].get("confidence")
    if given is not None and not 0 <= given <= 1:
        message = f"The score {given:g} is no share of 1: it is kept in extra, and not scaled."
        yield FileWarning("score_outside", message, place)


class _Images:
    """The images of label files: beside them, or known, by their stem; else `<stem>.png`.

    With their folder where stems repeat.
    """

    def __init__(self, source: Source, names: Sequence[str], known: AssetNames) -> None:
        self._known = known
        stems = [PurePosixPath(name).stem for name in names]
        self._is_plain = len(set(stems)) == len(stems)
        self._suffixes: dict[str, str] = {}
        for name in source.around().names():
            if is_media(name):
                self._suffixes.setdefault(PurePosixPath(name).stem, PurePosixPath(name).suffix)

    def name_of(self, name: str) -> str:
        image = self.image_of(PurePosixPath(name).stem)
        if self._is_plain:
            return image
        folders = [f"image{part[5:]}" if part.lower().startswith("label") else part for part in _folders(name)]
        return "/".join([*folders, image])

    def image_of(self, stem: str) -> str:
        return stem + (self._suffixes.get(stem) or self._known.extension_of(stem) or ".png")


def _split_of(name: str) -> str | None:
    """Return the split by the folder that a file lies in, as Datumaro writes it."""
    return next((_SPLITS[part.lower()] for part in _folders(name) if part.lower() in _SPLITS), None)


def _folders(name: str) -> Sequence[str]:
    return PurePosixPath(name).parts[:-1]


def _xml_names(source: Source) -> Sequence[str]:
    return [name for name in source.names() if name.lower().endswith(".xml")]
