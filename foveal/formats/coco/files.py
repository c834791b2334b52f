"""Files of a COCO data set: which JSON files are, their splits by name, random access to their bytes."""

import io
import json
import re
import shutil
import tempfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import PurePosixPath
from typing import BinaryIO, Final

from foveal.formats.base.files.source import Source
from foveal.formats.base.model.items import FormatError

HEAD_BYTES: Final = 1 << 16
MAX_FILES_SCORED: Final = 64
_KEYS: Final = re.compile(rb'"(\w{1,40})"\s*:')
_WORDS: Final = r"(?:train(?:val)?|valid(?:ation)?|(?:mini)?val|test(?:[_-]dev)?|dev|unlabeled)\d*"
_SPLIT: Final = re.compile(rf"(?:.*?[_.-])?({_WORDS})", re.IGNORECASE)
_ROBOFLOW: Final = "_annotations.coco.json"


def score(source: Source) -> float:
    """Return how likely a source is a COCO data set: the likeliest of its JSON files."""
    return max((_score(source, name) for name in _json_names(source)[:MAX_FILES_SCORED]), default=0.0)


def coco_files(source: Source) -> Sequence[str]:
    """Return the JSON files of a source that look like COCO files; the one that the caller named in any case."""
    if source.main is not None:
        return [source.main]
    return [name for name in _json_names(source) if _score(source, name) > 0]


def split_of(name: str) -> str | None:
    """Return the split that a file is named after: `instances_train2017.json`, `valid/_annotations.coco.json`."""
    path = PurePosixPath(name)
    if path.name.lower() == _ROBOFLOW or not (found := _SPLIT.fullmatch(path.stem)):
        found = _SPLIT.fullmatch(path.parent.name) if path.name.lower() == _ROBOFLOW else None
    return found[1] if found else None


def by_split(names: Sequence[str]) -> Mapping[str | None, Sequence[str]]:
    """Return the files of each split, in the order of their names."""
    found: dict[str | None, list[str]] = {}
    for name in names:
        found.setdefault(split_of(name), []).append(name)
    return found


@contextmanager
def seekable(source: Source, name: str) -> Iterator[BinaryIO]:
    """Open a file for reading at any place; members of archives are copied to a temporary file first."""
    with source.open(name) as stream:
        if _has_descriptor(stream):
            yield stream
            return
        with tempfile.TemporaryFile() as copy:
            try:
                shutil.copyfileobj(stream, copy)
            except (zlib.error, NotImplementedError, RuntimeError) as error:
                raise FormatError("broken_archive", f"{name} of the archive cannot be unpacked: {error}.") from error
            copy.seek(0)
            yield copy


def _has_descriptor(stream: BinaryIO) -> bool:
    try:
        stream.fileno()
    except (AttributeError, io.UnsupportedOperation, OSError):
        return False
    return True


def _json_names(source: Source) -> Sequence[str]:
    return [name for name in source.names() if name.lower().endswith(".json")]


def _score(source: Source, name: str) -> float:
    try:
        with source.open(name) as stream:
            head = stream.read(HEAD_BYTES).removeprefix(b"\xef\xbb\xbf").lstrip()
            is_whole = not stream.read(1)
    except (FileNotFoundError, zlib.error, NotImplementedError, RuntimeError):
        return 0.0
    keys = {key.decode() for key in _KEYS.findall(head)}
    if head.startswith(b"["):
        return _score_of_results(head, keys)
    if not head.startswith(b"{"):
        return 0.0
    if {"images", "annotations", "categories"} <= keys or ({"images", "annotations"} <= keys and "image_id" in keys):
        return 0.95
    if keys & {"samples", "shapes", "items", "imagePath"}:
        return 0.0
    if "images" in keys and {"id", "width", "height"} <= keys and keys & {"file_name", "coco_url"}:
        return 0.8 if is_whole or keys & {"license", "info", "categories", "date_captured"} else 0.7
    if "annotations" in keys and "image_id" in keys:
        return 0.8
    return 0.7 if "categories" in keys and {"supercategory", "id", "name"} <= keys and not is_whole else 0.0


def _score_of_results(head: bytes, keys: set[str]) -> float:
    """Return how likely a list is one of results; an empty list says nothing of its format."""
    try:
        first, _ = json.JSONDecoder().raw_decode(head[1:].lstrip().decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return 0.8 if {"image_id", "category_id"} <= keys else 0.0
    if not isinstance(first, dict) or "image_id" not in first:
        return 0.0
    return 0.9 if first.keys() & {"bbox", "segmentation", "keypoints", "caption", "category_id"} else 0.0
