"""Sources of label files: a folder, a ZIP or tar archive, or one file; each a set of names with `/`.

Archives are hostile input: absolute names, `..`, links, names that come twice, and contents that grow beyond a bound
are refused before a byte is read.
"""

import errno
import lzma
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path, PurePosixPath
from typing import IO, BinaryIO, Final, Protocol, cast

from foveal.formats.base.model.items import FormatError

MAX_NAMES: Final = 5_000_000
MAX_ARCHIVE_BYTES: Final = 64 * 2**30
MAX_RATIO: Final = 200
"""Bytes of an archive's members for one byte of the archive; label text compresses up to 60 times."""
RATIO_COUNTS_FROM: Final = 16 * 2**20
_ENCRYPTED: Final = 1
_COMPRESSIONS: Final = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)
MAX_TEXT_BYTES: Final = 64 * 2**20
"""Bytes of a file that is read as a whole; larger ones are streamed."""


class Source(Protocol):
    """Files by name. `main` is the file that the caller named, None for a folder or an archive."""

    main: str | None

    def names(self) -> Sequence[str]:
        """Return all names, sorted. Names are relative, with `/`."""

    def size(self, name: str) -> int:
        """Return the bytes of a file. Raises FileNotFoundError."""

    def open(self, name: str) -> AbstractContextManager[BinaryIO]:
        """Open a file for reading bytes. Raises FileNotFoundError."""

    def around(self) -> "Source":
        """Return the folder of the one file, or the source itself."""


def is_safe_name(name: str) -> bool:
    """Tell whether a name stays within a folder or an archive that it is unpacked to, on every system."""
    parts = [part for part in name.split("/") if part not in ("", ".")]
    return bool(parts) and not (
        name.startswith("/") or "\\" in name or "\0" in name or ".." in parts or ":" in parts[0]
    )


def read_bytes(source: Source, name: str, limit: int = MAX_TEXT_BYTES) -> bytes:
    """Return the bytes of a file. Raises FileNotFoundError, FormatError when it is larger than `limit`."""
    with source.open(name) as stream:
        content = stream.read(min(limit, source.size(name)) + 1)  # a stream allocates as much as it is asked for
    if len(content) > limit:
        raise FormatError("file_too_large", f"{name} is larger than {limit} bytes.")
    return content


def read_text(source: Source, name: str, limit: int = MAX_TEXT_BYTES, *, keep_mark: bool = False) -> str:
    """Return the text of a file in UTF-8, a byte order mark left out unless `keep_mark`: then the text makes the same
    bytes again. Raises as `read_bytes`; FormatError for bytes that are not UTF-8."""
    content = read_bytes(source, name, limit)
    try:
        return content.decode("utf-8" if keep_mark else "utf-8-sig")
    except UnicodeDecodeError as error:
        raise FormatError(
            "not_utf8", f"{name} is not UTF-8 (byte {error.start}): save it as UTF-8 and try again."
        ) from error


def pointer(source: Source, name: str, place: str) -> str:
    """Return where a record lies: the place alone in a source of one file, else `name#place`.

    Places are JSON pointers (RFC 6901), `L` and a line number, or a path of XML elements.
    """
    return place if source.main == name and len(source.names()) == 1 else f"{name}#{place}"


@contextmanager
def open_source(path: Path) -> Iterator[Source]:
    """Open a folder, an archive by its content, or a file. Raises FormatError when there is nothing to read."""
    try:
        if not path.exists():
            raise FormatError("no_such_file", f"{path} does not exist.")
        if path.is_dir():
            yield _Folder(path)
        elif zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                yield _Zip(archive, path.stat().st_size)
        elif tarfile.is_tarfile(path):
            with tarfile.open(path) as shards:
                yield _Tar(shards, path.stat().st_size)
        elif path.is_file():
            yield _File(path)
        else:
            raise FormatError("no_such_file", f"{path} is no file and no folder.")
    except (zipfile.BadZipFile, NotImplementedError, tarfile.TarError, zlib.error, lzma.LZMAError, EOFError) as error:
        raise FormatError("broken_archive", f"{path.name} is a broken archive: {error}.") from error
    except OSError as error:
        raise FormatError(
            "unreadable", f"{error.filename or path.name} cannot be read: {error.strerror or error}."
        ) from error


class _Folder:
    def __init__(self, root: Path, main: str | None = None) -> None:
        self.main, self._root = main, root
        self._names: Sequence[str] | None = None

    def names(self) -> Sequence[str]:
        if self._names is None:
            found: list[str] = []
            for folder, folders, files in self._root.walk() if hasattr(self._root, "walk") else _walk(self._root):
                folders.sort()
                found += [(folder / name).relative_to(self._root).as_posix() for name in files]
                for name in files:
                    _check_encoding(name)
                if len(found) > MAX_NAMES:
                    raise FormatError("too_many_files", f"The folder has more than {MAX_NAMES} files.")
            self._names = sorted(found)
        return self._names

    def size(self, name: str) -> int:
        return self._path(name).stat().st_size

    def open(self, name: str) -> AbstractContextManager[BinaryIO]:
        return self._path(name).open("rb")

    def around(self) -> Source:
        return self

    def _path(self, name: str) -> Path:
        if PurePosixPath(name).is_absolute() or ".." in PurePosixPath(name).parts:
            raise FileNotFoundError(name)
        path = self._root / name
        if not path.is_file():
            raise FileNotFoundError(errno.ENOENT, "no file, or a link to a file that is not there", name)
        return path


class _File(_Folder):
    def __init__(self, path: Path) -> None:
        super().__init__(path.parent, path.name)
        self._names = [path.name]

    def around(self) -> Source:
        return _Folder(self._root, self.main)


class _Zip:
    main: str | None = None

    def __init__(self, archive: zipfile.ZipFile, archive_bytes: int) -> None:
        self._archive = archive
        members = _Members(archive_bytes)
        for each in archive.infolist():
            if not each.is_dir():
                is_link = stat.S_ISLNK(each.external_attr >> 16)
                if each.flag_bits & _ENCRYPTED or each.compress_type not in _COMPRESSIONS:
                    raise FormatError(
                        "unreadable_member",
                        f"{each.filename} is encrypted or compressed in a way that "
                        "cannot be read: pack the archive again, without a password.",
                    )
                members.add(each.filename, each.file_size, is_plain=not is_link)
        self._members = {each.filename: each for each in archive.infolist() if not each.is_dir()}
        self._names = sorted(self._members)

    def names(self) -> Sequence[str]:
        return self._names

    def size(self, name: str) -> int:
        return self._member(name).file_size

    def open(self, name: str) -> AbstractContextManager[BinaryIO]:
        return cast("AbstractContextManager[BinaryIO]", self._archive.open(self._member(name)))

    def around(self) -> Source:
        return self

    def _member(self, name: str) -> zipfile.ZipInfo:
        if name not in self._members:
            raise FileNotFoundError(name)
        return self._members[name]


class _Tar:
    main: str | None = None

    def __init__(self, archive: tarfile.TarFile, archive_bytes: int) -> None:
        self._archive = archive
        self._members: dict[str, tarfile.TarInfo] = {}
        members = _Members(archive_bytes)
        for each in archive:
            if not each.isdir():
                name = each.name.removeprefix("./")
                members.add(name, each.size, is_plain=each.isreg())
                self._members[name] = each
        self._names = sorted(self._members)

    def names(self) -> Sequence[str]:
        return self._names

    def size(self, name: str) -> int:
        return self._member(name).size

    def open(self, name: str) -> AbstractContextManager[BinaryIO]:
        return cast(
            "AbstractContextManager[BinaryIO]", cast("IO[bytes]", self._archive.extractfile(self._member(name)))
        )

    def around(self) -> Source:
        return self

    def _member(self, name: str) -> tarfile.TarInfo:
        if name not in self._members:
            raise FileNotFoundError(name)
        return self._members[name]


def _check_encoding(name: str) -> None:
    """Raises FormatError for a name with bytes that are not UTF-8, which Python holds as halves of surrogate pairs."""
    if not name.isascii() and any("\ud800" <= each <= "\udfff" for each in name):
        raise FormatError("unsafe_name", f"The file name {name!r} is not UTF-8: rename the file and try again.")


class _Members:
    """The names and sizes of an archive so far, within the bounds."""

    def __init__(self, archive_bytes: int) -> None:
        self._bytes, self._archive_bytes = 0, archive_bytes
        self._names: set[str] = set()

    def add(self, name: str, size: int, *, is_plain: bool) -> None:
        _check_encoding(name)
        if not is_safe_name(name):
            raise FormatError("unsafe_name", f"The archive has the unsafe name {name!r}.")
        if not is_plain:
            raise FormatError("unsafe_member", f"{name} of the archive is a link or a device, not a file.")
        if name in self._names:
            raise FormatError("name_twice", f"{name} comes twice in the archive.")
        self._names.add(name)
        self._bytes += size
        if self._bytes > MAX_ARCHIVE_BYTES or len(self._names) > MAX_NAMES:
            raise FormatError("archive_too_large", "The archive holds more than may be unpacked.")
        if self._bytes > RATIO_COUNTS_FROM and self._bytes > MAX_RATIO * max(self._archive_bytes, 1):
            raise FormatError("archive_bomb", f"The archive grows to more than {MAX_RATIO} times its size.")


def _walk(root: Path) -> Iterator[tuple[Path, list[str], list[str]]]:
    """Walk as `Path.walk` of Python 3.12 does: links to folders are not followed."""
    import os

    for folder, folders, files in os.walk(root):
        yield Path(folder), folders, files
