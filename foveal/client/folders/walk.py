"""Walk over a folder: its files one after the other, without a list of them, filtered before anything is read."""

import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pathspec

from foveal.client.errors import ConfigurationError
from foveal.client.folders.settings import UploadSettings

IGNORE_FILE = ".fovealignore"
MAX_STARS = 4
"""Stars in one name of a pattern: the time to match a long name grows with their power."""


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A regular file: its path within the folder, with slashes, and what tells whether it is still the same."""

    relative: str
    path: str
    size_bytes: int
    modified_ns: int
    inode: int


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A file that is not taken, with the reason; None for one that patterns exclude."""

    relative: str
    reason: str | None


def walk(root: Path, settings: UploadSettings) -> Iterator[FoundFile | LeftOut]:
    """Yield the files of a folder in the order of their names, folder by folder; memory is that of one folder's names.

    Raises OSError only for the root itself; a folder that cannot be read is left out with the reason. File names that
    are no UTF-8 are kept by surrogate escapes (PEP 383).
    """
    is_excluded = _exclusion(root, settings)
    seen = {_identity(root.stat())}
    waiting = [""]
    while waiting:
        folder = waiting.pop()
        try:
            with os.scandir(root / folder) as listed:
                entries = sorted(listed, key=lambda each: each.name, reverse=True)
        except OSError as error:
            if not folder:
                raise
            yield LeftOut(folder, error.strerror or "cannot be read")
            continue
        files = []
        for entry in entries:
            relative = f"{folder}/{entry.name}" if folder else entry.name
            if entry.is_dir(follow_symlinks=settings.follow):
                if not is_excluded(relative + "/") and _is_new(entry, seen, settings):
                    waiting.append(relative)
            else:
                files.append((relative, entry))
        for relative, entry in reversed(files):
            yield _file(relative, entry, settings) if not is_excluded(relative) else LeftOut(relative, None)


def _file(relative: str, entry: "os.DirEntry[str]", settings: UploadSettings) -> FoundFile | LeftOut:
    if entry.is_symlink() and not settings.follow:
        return LeftOut(relative, "a symbolic link")
    try:
        status = entry.stat(follow_symlinks=settings.follow)
    except OSError as error:
        return LeftOut(relative, error.strerror or "cannot be read")
    if not stat.S_ISREG(status.st_mode):
        return LeftOut(relative, "not a regular file")
    return FoundFile(relative, entry.path, status.st_size, status.st_mtime_ns, status.st_ino)


def _is_new(entry: "os.DirEntry[str]", seen: set[tuple[int, int]], settings: UploadSettings) -> bool:
    """Tell whether a folder is entered; with `follow`, links may lead to one a second time."""
    if not settings.follow:
        return True
    identity = _identity(entry.stat())
    is_new = identity not in seen
    seen.add(identity)
    return is_new


def _identity(status: os.stat_result) -> tuple[int, int]:
    return status.st_dev, status.st_ino


def _exclusion(root: Path, settings: UploadSettings) -> Callable[[str], bool]:
    """Return the test whether a path in the folder, with a slash at the end for a folder, is left out."""
    ignore_file = root / IGNORE_FILE
    # Names are compared as os.scandir gives them: bytes that are no UTF-8 as surrogate escapes.
    ignored = ignore_file.read_text("utf-8-sig", "surrogateescape").splitlines() if ignore_file.is_file() else []
    for pattern in (*ignored, *settings.exclude, *settings.include):
        if any(part.replace("**", "").count("*") > MAX_STARS for part in pattern.split("/")):
            raise ConfigurationError(f"{pattern}: a pattern has at most {MAX_STARS} stars in one name.")
    exclude = pathspec.GitIgnoreSpec.from_lines([*ignored, *settings.exclude])
    include = pathspec.GitIgnoreSpec.from_lines(settings.include) if settings.include else None

    def is_excluded(relative: str) -> bool:
        is_folder = relative.endswith("/")
        name = relative.rstrip("/").rpartition("/")[2]
        if name.startswith(".") and not settings.hidden:
            return True
        if exclude.match_file(relative):
            return True
        return include is not None and not is_folder and not include.match_file(relative)

    return is_excluded
