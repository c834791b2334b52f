"""Walk over a folder: its files one after the other, without a list of them, filtered before anything is read."""

import errno
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import pathspec

from foveal.client.errors import ConfigurationError
from foveal.client.folders.settings import UploadSettings

IGNORE_FILE = ".fovealignore"
MAX_STARS = 4
"""Stars in one name of a pattern: the time to match a long name grows with their power."""
NO_FOLLOW = getattr(os, "O_NOFOLLOW", 0)
MAX_SORTED_ENTRIES = 10_000
"""Entries of one folder that are held and sorted together; a larger folder comes in batches of so many."""
_FOLDER = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_CLOEXEC", 0)
_HAS_DESCRIPTORS = os.scandir in os.supports_fd  # not on Windows


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A regular file: its path within the folder, with slashes, and what tells whether it is still the same."""

    relative: str
    path: str
    size_bytes: int
    modified_ns: int
    inode: int
    device: int
    is_followed: bool = False

    def is_same(self, status: os.stat_result) -> bool:
        """Tell whether a file is this one, unchanged. Windows lists no inodes: 0 is that of any file."""
        return (
            stat.S_ISREG(status.st_mode)
            and (status.st_size, status.st_mtime_ns) == (self.size_bytes, self.modified_ns)
            and (not self.inode or (status.st_ino, status.st_dev) == (self.inode, self.device))
        )

    @classmethod
    def of(cls, relative: str, path: str, status: os.stat_result, *, is_followed: bool) -> "FoundFile":
        """Return the file of a status."""
        size, modified = status.st_size, status.st_mtime_ns
        return cls(relative, path, size, modified, status.st_ino, status.st_dev, is_followed)


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A file that is not taken, with the reason; None for one that patterns exclude."""

    relative: str
    reason: str | None


@dataclass(frozen=True, slots=True)
class _Folder:
    """A folder that is to be entered, and what tells whether it is still the same: device and inode."""

    relative: str
    identity: tuple[int, int]


def walk(root: Path, settings: UploadSettings) -> Iterator[FoundFile | LeftOut]:
    """Yield the files of a folder in the order of their names, folder by folder, without a list of them; or those of
    `settings.paths`, in their order.

    Folders of more than MAX_SORTED_ENTRIES come in batches that are sorted each. A folder is opened once, without
    following a link unless `follow` is set, and its files are looked at through it: a folder that a link replaces
    meanwhile is left out with the reason, as is one that cannot be read. File names that are no UTF-8 are kept by
    surrogate escapes (PEP 383). Raises OSError for the root itself.
    """
    is_excluded = _exclusion(root, settings)
    if settings.paths is not None:
        yield from (_given(root, path, is_excluded, settings) for path in settings.paths)
        return
    waiting = [_Folder("", _identity(root.stat()))]
    seen = {waiting[0].identity}
    while waiting:
        folder = waiting.pop()
        folders: list[_Folder] = []
        try:
            with _listed(root, folder, settings) as entries:
                while batch := sorted(islice(entries, MAX_SORTED_ENTRIES), key=lambda each: each.name):
                    for entry in batch:
                        relative = f"{folder.relative}/{entry.name}" if folder.relative else entry.name
                        found = _found(root, relative, entry, is_excluded, settings)
                        if not isinstance(found, _Folder):
                            yield found
                        elif not settings.follow or found.identity not in seen:  # links may lead to one a second time
                            seen.add(found.identity)
                            folders.append(found)
        except OSError as error:
            if not folder.relative:
                raise
            yield LeftOut(folder.relative, error.strerror or "cannot be read")
        waiting += reversed(folders)


def found_again(root: Path, file: FoundFile) -> FoundFile:
    """Return a file as it is now. Raises OSError if it is gone, or if a link took the place of a folder above it."""
    status = _status(root, file.relative, is_followed=file.is_followed)
    return FoundFile.of(file.relative, file.path, status, is_followed=file.is_followed)


def _given(
    root: Path, relative: str, is_excluded: Callable[[str], bool], settings: UploadSettings
) -> FoundFile | LeftOut:
    """Return the file of a given path; the folders above it have to be no links, unless `follow` is set."""
    steps = relative.split("/")
    if not all(step not in ("", ".", "..") and "\0" not in step for step in steps):
        return LeftOut(relative, "not a path within the folder, such as `day 1/a.jpg`")
    folders = ["/".join(steps[:count]) + "/" for count in range(1, len(steps))]
    if any(map(is_excluded, (*folders, relative))):
        return LeftOut(relative, None)
    try:
        status = _status(root, relative, is_followed=settings.follow)
    except OSError as error:
        return LeftOut(relative, error.strerror or "cannot be read")
    return _file(root, relative, status, settings)


def _status(root: Path, relative: str, *, is_followed: bool) -> os.stat_result:
    """Return the status of a file in a folder. Raises OSError, also for a link in place of a folder above it."""
    if is_followed or os.open not in os.supports_dir_fd:
        return Path(f"{root}/{relative}").stat(follow_symlinks=is_followed)
    *folders, name = relative.split("/")
    with ExitStack() as opened:
        descriptor = os.open(root, _FOLDER)
        opened.callback(os.close, descriptor)
        for folder in folders:
            descriptor = os.open(folder, _FOLDER | NO_FOLLOW, dir_fd=descriptor)
            opened.callback(os.close, descriptor)
        return os.stat(name, dir_fd=descriptor, follow_symlinks=False)


@contextmanager
def _listed(root: Path, folder: _Folder, settings: UploadSettings) -> "Iterator[Iterator[os.DirEntry[str]]]":
    """Open a folder and list it. Raises OSError, also for another folder in its place."""
    path = root / folder.relative
    if not _HAS_DESCRIPTORS:
        with os.scandir(path) as entries:
            yield entries
        return
    is_followed = settings.follow or not folder.relative
    descriptor = os.open(path, _FOLDER | (0 if is_followed else NO_FOLLOW))
    try:
        if _identity(os.fstat(descriptor)) != folder.identity:
            raise OSError(errno.ESTALE, "was replaced while the folder was walked")
        with os.scandir(descriptor) as entries:
            yield entries
    finally:
        os.close(descriptor)


def _found(
    root: Path, relative: str, entry: "os.DirEntry[str]", is_excluded: Callable[[str], bool], settings: UploadSettings
) -> FoundFile | LeftOut | _Folder:
    try:
        is_folder = entry.is_dir(follow_symlinks=settings.follow)
        if is_excluded(f"{relative}/" if is_folder else relative):
            return LeftOut(relative, None)
        status = entry.stat(follow_symlinks=settings.follow)
    except OSError as error:
        return LeftOut(relative, error.strerror or "cannot be read")
    return _Folder(relative, _identity(status)) if is_folder else _file(root, relative, status, settings)


def _file(root: Path, relative: str, status: os.stat_result, settings: UploadSettings) -> FoundFile | LeftOut:
    if stat.S_ISLNK(status.st_mode):
        return LeftOut(relative, "a symbolic link")
    if not stat.S_ISREG(status.st_mode):
        return LeftOut(relative, "not a regular file")
    return FoundFile.of(relative, f"{root}/{relative}", status, is_followed=settings.follow)


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
    is_filtered = bool(ignored or settings.exclude)
    exclude = pathspec.GitIgnoreSpec.from_lines([*ignored, *settings.exclude])
    include = pathspec.GitIgnoreSpec.from_lines(settings.include) if settings.include else None

    def is_excluded(relative: str) -> bool:
        is_folder = relative.endswith("/")
        name = relative.rstrip("/").rpartition("/")[2]
        if name.startswith(".") and not settings.hidden:
            return True
        if is_filtered and exclude.match_file(relative):
            return True
        return include is not None and not is_folder and not include.match_file(relative)

    return is_excluded
