"""Files of a Pascal VOC data set: which are annotations, which are lists, and the image that each stands for."""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Final

from foveal.formats.base.files.probing import MEDIA_SUFFIXES, is_media
from foveal.formats.base.files.source import Source
from foveal.formats.base.model.context import Context
from foveal.formats.base.model.items import FileWarning

CERTAIN: Final = 0.9
LIKELY: Final = 0.5
LISTS: Final = re.compile(r"(?:^|/)ImageSets/(\w+)/([^/]+)\.txt$")
"""A list of images: the task (Main, Layout, Segmentation, Action) and the name of the list."""
OBJECT: Final = "SegmentationObject"
CLASS: Final = "SegmentationClass"
MASKS: Final = re.compile(rf"(?:^|/)({OBJECT}|{CLASS})/(.+)\.png$")
"""A PNG file of segments: its kind, and the id of its image."""
NO_SPLIT: Final = "default"
"""Name of the list of images without a split, as Datumaro writes it."""
_ROOT: Final = re.compile(rb"<annotation[\s>/]")
_FIRST_BYTES: Final = 4096
_LOOKED_AT: Final = 5
_FOLDER_SPLITS: Final[Mapping[str, str]] = {
    "train": "train",
    "val": "val",
    "valid": "val",
    "validation": "val",
    "test": "test",
}
_FOLDERS: Final = ("annotations", "annotation", "xmls", "xml", "labels", "bbox")


def score(source: Source) -> float:
    """Return how likely a source is Pascal VOC: XML files with the root `annotation`, or lists of `ImageSets/Main`."""
    names = annotation_names(source)
    for name in names[:_LOOKED_AT]:
        with source.open(name) as stream:
            if _ROOT.search(stream.read(_FIRST_BYTES)):
                return CERTAIN
    has_lists = any(found[1] == "Main" for found in map(LISTS.search, source.names()) if found)
    has_masks = any(map(MASKS.search, source.names()))
    return LIKELY if (has_lists or has_masks) and not names else 0.0


def annotation_names(source: Source) -> Sequence[str]:
    """Return the names of the XML files."""
    return [name for name in source.names() if name.lower().endswith(".xml")]


def image_id(name: str) -> str:
    """Return the id of an image: the path of its XML file below the folder of annotations, without the suffix."""
    parts = PurePosixPath(name).parts
    at = max((index for index, part in enumerate(parts[:-1]) if part.lower() in _FOLDERS), default=-1)
    return "/".join(parts[at + 1 :])[: -len(".xml")]


class Images:
    """The names of images by the ids that VOC gives them: from the files beside the labels, or from the assets."""

    def __init__(self, source: Source, context: Context) -> None:
        self._context = context
        self._suffixes: dict[str, set[str]] = {}
        for name in source.around().names():
            if is_media(name) and not MASKS.search(name):
                stem, dot, suffix = PurePosixPath(name).name.rpartition(".")
                self._suffixes.setdefault(stem, set()).add(dot + suffix)

    def name_of(self, identifier: str, stated: str | None) -> str:
        """Return the file name of an image, whose XML file may state one; the name of the XML file wins."""
        folder, _, stem = identifier.rpartition("/")
        plain = (stated or "").replace("\\", "/").strip("/ ")
        stated_stem, stated_suffix = _split(plain.rpartition("/")[2])
        if stated_stem == stem:
            return plain if "/" in plain and not folder else f"{identifier}{stated_suffix}"
        if stated_stem + stated_suffix == stem or is_media(identifier):
            return identifier
        suffixes = sorted(self._suffixes.get(stem, ()))
        if len(suffixes) == 1:
            return identifier + suffixes[0]
        known = [identifier + each for each in sorted(MEDIA_SUFFIXES) if self._context.names.find(identifier + each)]
        if len(known) == 1:
            return known[0]
        if plain and self._context.names.find(plain):
            return plain
        return identifier + (stated_suffix or ("" if plain else ".jpg"))

    def warn(self, identifier: str, stated: str | None, where: str) -> Iterator[FileWarning]:
        """Warn of a file name that is another one than that of the XML file."""
        base = (stated or "").replace("\\", "/").rpartition("/")[2].strip()
        stem = identifier.rpartition("/")[2]
        if base and stem not in (base, _split(base)[0]):
            name = self.name_of(identifier, stated)
            message = f"The file name in the XML is {base[:200]}; its annotations go to {name}, as the XML is named."
            yield FileWarning("other_file_name", message, where)


def _split(base: str) -> tuple[str, str]:
    if is_media(base):
        stem, dot, suffix = base.rpartition(".")
        return stem, dot + suffix
    return base, ""


def splits_of(identifier: str, rows: Sequence[tuple[str, str | None]]) -> list[str]:
    """Return the splits of an image by the lists of images, else by the folder that it lies in (Roboflow).

    `trainval` is the union of two others, and a split only where it stands alone; `default` is none.
    """
    found = dict.fromkeys(
        match[2] for place, text in rows if text is None and (match := LISTS.search(place.partition("#")[0]))
    )
    found.pop(NO_SPLIT, None)
    if len(found) > 1:
        found.pop("trainval", None)
    if not found and (split := _FOLDER_SPLITS.get(identifier.partition("/")[0].lower())) and "/" in identifier:
        return [split]
    return list(found)
