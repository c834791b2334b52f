"""Layout of a YOLO data set: which label file belongs to which image, in which split.

A split is a folder of images, a list of images, or several of those (ultralytics `data/base.py`, `get_img_files`;
`data/utils.py`, `img2label_paths`).
"""

import posixpath
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from foveal.formats.base.files.probing import is_media
from foveal.formats.base.model.items import FileWarning, Section
from foveal.formats.yolo.description import CLASS_LISTS, MAX_LIST_BYTES, Description, head, verbatim
from foveal.formats.yolo.files import (
    LABEL_FOLDERS,
    SPLITS,
    Files,
    endings,
    image_stem,
    joined,
    label_paths,
    split_of,
)

MAX_PATH: Final = 4096
_NO_LABELS: Final = ("readme", "license", "requirements", "notes")


@dataclass(frozen=True, slots=True)
class Entry:
    """An image with its label file. `file_name` has no suffix where nothing but the label file names the image."""

    file_name: str
    label_file: str | None
    split: str | None


Found = Entry | FileWarning | Section


def entries(files: Files, description: Description) -> Iterator[Found]:
    """Yield each image once, with the lists that name images as sections."""
    places: list[tuple[str, str]] = []
    for split, paths in description.splits.items():
        for path in paths:
            place = _place(files, description, path)
            if place is None:
                yield FileWarning(
                    "split_missing", f"{split}: {path[:200]} is not in the source.", description.name or ""
                )
            else:
                places.append((split, place))
    once = _Once()
    for split, place in places:
        yield from once.only(_of_place(files, description, split, place))
    if not places:
        yield from once.only(_scan(files))
    elif left := len(set(label_files(files)) - once.label_files.keys() - {place for _, place in places}):
        yield FileWarning(
            "not_in_a_split", f"{left} label files belong to no split and are not read.", description.name or ""
        )


def label_files(files: Files) -> Iterator[str]:
    """Yield the text files that hold rows of labels: those in folders of labels if there are any."""
    texts = [each for each in files.names if each.lower().endswith(".txt")]
    in_folders = [each for each in texts if not set(LABEL_FOLDERS).isdisjoint(each.split("/")[:-1])]
    for each in in_folders or texts:
        base = posixpath.basename(each).lower()
        if base not in CLASS_LISTS and not base.startswith(_NO_LABELS) and listed_split(files, each) is None:
            yield each


class _Once:
    """Entries with each image and each label file once; what comes again is told."""

    def __init__(self) -> None:
        self._images: dict[str, str | None] = {}
        self.label_files: dict[str, str] = {}

    def only(self, found: Iterator[Found]) -> Iterator[Found]:
        for each in found:
            if not isinstance(each, Entry):
                yield each
                continue
            if each.file_name in self._images:
                if each.split != self._images[each.file_name]:
                    yield FileWarning(
                        "in_two_splits",
                        f"It is in {self._images[each.file_name]} and in {each.split}: the first is kept.",
                        each.file_name,
                    )
                continue
            self._images[each.file_name] = each.split
            owner = self.label_files.setdefault(each.label_file, each.file_name) if each.label_file else None
            if owner not in (None, each.file_name):
                yield FileWarning(
                    "label_file_shared",
                    f"{each.label_file} belongs to {owner} as well: its rows are those of {owner}.",
                    each.file_name,
                )
                yield Entry(each.file_name, None, each.split)
            else:
                yield each


def _place(files: Files, description: Description, path: str) -> str | None:
    """Return the list or the folder of images that a path stands for, or None.

    An absolute path and one that leads upwards (Roboflow writes `../train/images`) are found by their ends.
    """
    folders = list(dict.fromkeys((description.root, description.folder)))
    candidates = [joined(folder, path) for folder in folders]
    ends = list(endings(path))
    is_absolute = path.startswith(("/", "\\")) or path[1:2] == ":"
    is_darknet = (description.name or "").lower().endswith(".data")
    for end in ends if is_absolute or is_darknet else ends[:1]:
        candidates += [joined(folder, end) for folder in folders]
    return next((each for each in candidates if _is_place(files, each)), None)


def _is_place(files: Files, path: str) -> bool:
    if path.startswith(("/", "..")):
        return False
    return files.has(path) or files.has_folder(path) or any(files.has_folder(each) for each in label_paths(path))


def _of_place(files: Files, description: Description, split: str, place: str) -> Iterator[Found]:
    if files.has(place):
        yield from _of_list(files, (description.root, description.folder), split, place)
        return
    images = list(files.images(place))
    used = set()
    for image in images:
        label_file = files.label_of(image)
        used.add(label_file)
        yield Entry(image, label_file, split)
    yield from _without_image(
        (
            each
            for folder in dict.fromkeys((*label_paths(place), place))
            for each in files.under(folder)
            if each.lower().endswith(".txt")
            and each not in used
            and posixpath.basename(each).lower() not in CLASS_LISTS
        ),
        split,
        is_told=bool(images),
    )


def _without_image(found: Iterator[str], split: str | None, *, is_told: bool) -> Iterator[Found]:
    for each in found:
        if is_told:
            yield FileWarning("no_image", "The label file has no image in the source.", each)
        yield Entry(image_stem(each), each, split)


def _of_list(files: Files, folders: Sequence[str], split: str, name: str) -> Iterator[Found]:
    text = verbatim(files, name, MAX_LIST_BYTES)
    yield Section(name, text)
    places = list(dict.fromkeys((posixpath.dirname(name), *folders)))
    for line in text.removeprefix("\ufeff").split("\n"):
        path = line.strip()
        if len(path) > MAX_PATH:
            yield FileWarning("path_too_long", f"A line has more than {MAX_PATH} characters: it names no image.", name)
        elif path:
            yield _listed(files, places, path, split)


def _listed(files: Files, folders: Sequence[str], path: str, split: str) -> Entry:
    """Return the image that a line of a list names: relative to a folder, else by the end of its path."""
    candidates = [joined(folder, path) for folder in folders]
    candidates += [joined(folder, end) for end in endings(path) for folder in folders]
    for each in candidates:
        label_file = files.label_of(each)
        if label_file is not None or files.has(each):
            return Entry(each, label_file, split)
    return Entry(next(endings(path), path), None, split)


def _scan(files: Files) -> Iterator[Found]:
    """Yield all images and label files of a source whose splits are not stated; folders may name the splits."""
    for name in files.names:
        if (split := listed_split(files, name)) is not None:
            yield from _of_list(files, (posixpath.dirname(name), ""), split, name)
    used = set()
    for image in files.images(""):
        label_file = files.label_of(image)
        used.add(label_file)
        yield Entry(image, label_file, split_of(label_file or image))
    for each in label_files(files):
        if each not in used:
            yield from _without_image(iter([each]), split_of(each), is_told=False)


def listed_split(files: Files, name: str) -> str | None:
    """Return the split that a list of images is of: it has the name of one, and its first line names an image."""
    stem, suffix = posixpath.splitext(posixpath.basename(name).lower())
    if suffix != ".txt" or stem not in SPLITS:
        return None
    first = head(files, name).lstrip().partition(b"\n")[0].decode("utf-8", "replace")
    return SPLITS[stem] if is_media(first.strip()) else None


def single(around: Files, name: str) -> Entry:
    """Return the image of a label file that is given alone: the one beside it, or its name without a suffix."""
    stem = posixpath.splitext(name)[0]
    beside = (each for each in around.under("") if posixpath.splitext(each)[0] == stem and is_media(each))
    return Entry(next(beside, stem), name, None)
