"""Files of a YOLO data set by the paths that its own files state, some of which no longer exist."""

import posixpath
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import Final

from foveal.formats.base.files.probing import is_media
from foveal.formats.base.files.source import Source

LABEL_FOLDERS = ("labels", "labelTxt")
MAX_ENDS: Final = 64
"""Parts of a path that is looked up by its ends: longer ones name nothing."""
SPLITS = {
    "train": "train",
    "val": "val",
    "valid": "val",
    "validation": "val",
    "test": "test",
    "obj_train_data": "train",
    "obj_valid_data": "val",
    "obj_test_data": "test",
}


class Files:
    """The names of a source, sorted, with the questions that a data set asks of them."""

    def __init__(self, source: Source, names: Sequence[str] | None = None) -> None:
        self.source = source
        self.names: Sequence[str] = source.names() if names is None else names
        self._known = frozenset(self.names)

    def beside(self) -> "Files":
        """Return the files at the top alone, without those in folders."""
        return Files(self.source, [name for name in self.names if "/" not in name])

    def has(self, name: str) -> bool:
        """Tell whether there is a file of this name."""
        return name in self._known

    def under(self, folder: str) -> Iterator[str]:
        """Yield the files of a folder and of all folders in it, sorted; the folder `""` holds all."""
        start = f"{folder}/" if folder else ""
        position = bisect_left(self.names, start)
        while position < len(self.names) and self.names[position].startswith(start):
            yield self.names[position]
            position += 1

    def has_folder(self, folder: str) -> bool:
        """Tell whether there is a file in a folder."""
        return next(self.under(folder), None) is not None

    def find(self, path: str, *folders: str) -> str | None:
        """Return the file that a path stands for, relative to the first folder that has it; else the longest end of
        the path that is a file there."""
        ends = list(endings(path))
        places = [joined(folder, path) for folder in folders]
        places += [joined(folder, end) for end in ends for folder in folders]
        return next((place for place in places if place in self._known), None)

    def images(self, folder: str) -> Iterator[str]:
        """Yield the images of a folder and of all folders in it."""
        return (name for name in self.under(folder) if is_media(name))

    def label_of(self, image: str) -> str | None:
        """Return the label file of an image: `labels` for the last `images` of its path, else beside the image."""
        return next((place for place in label_places(image) if place in self._known), None)


def label_paths(path: str) -> list[str]:
    """Return a path with each name of the folder of labels for its last folder `images`; none without such a one."""
    parts = path.split("/")
    places = [position for position, part in enumerate(parts) if part == "images"]
    if not places:
        return []
    return ["/".join([*parts[: places[-1]], folder, *parts[places[-1] + 1 :]]) for folder in LABEL_FOLDERS]


def label_places(image: str) -> list[str]:
    """Return the paths that the label file of an image may have. A name may lack its suffix, and hold a dot."""
    stem = posixpath.splitext(image)[0]
    stems = [stem] if is_media(image) else [image, stem]
    return [f"{place}.txt" for each in stems for place in (*label_paths(each), each)]


def image_stem(label_file: str) -> str:
    """Return the path of a label file's image without its suffix: `images` for the last folder of labels."""
    parts = label_file.removesuffix(".txt").split("/")
    for position in range(len(parts) - 2, -1, -1):
        if parts[position] in LABEL_FOLDERS:
            parts[position] = "images"
            break
    return "/".join(parts)


def joined(folder: str, path: str) -> str:
    """Return a path relative to a folder, `.` and `..` resolved; what leads above the source keeps its `..`."""
    plain = path.replace("\\", "/").strip()
    found = posixpath.normpath(posixpath.join(folder, plain)) if folder else posixpath.normpath(plain or ".")
    return "" if found == "." else found


def endings(path: str) -> Iterator[str]:
    """Yield a path and its ends, the longest first, without `.`, `..` and a drive; no more than MAX_ENDS."""
    parts = [part for part in path.replace("\\", "/").split("/") if part not in ("", ".", "..") and part[-1] != ":"]
    for start in range(len(parts) if len(parts) <= MAX_ENDS else 0):
        yield "/".join(parts[start:])


def split_of(path: str) -> str | None:
    """Return the split that a folder of a path names, the innermost first."""
    return next((SPLITS[part] for part in reversed(path.lower().split("/")[:-1]) if part in SPLITS), None)
