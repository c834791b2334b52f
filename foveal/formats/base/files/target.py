"""Targets of writers: a folder, a ZIP archive or a tar archive; the same data set makes the same bytes.

ZIP members are stored without compression, since builds of zlib differ; every member has the same time, owner, mode.
"""

import io
import shutil
import tarfile
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path, PurePosixPath
from typing import IO, Final, Protocol

from foveal.formats.base.files.source import is_safe_name
from foveal.formats.base.model.items import FormatError

_ZIP_TIME: Final = (1980, 1, 1, 0, 0, 0)
_SPOOL_BYTES: Final = 1 << 20
_MAX_PART_BYTES: Final = 255
"""Bytes of a part of a name; more than that no usual file system takes."""


class Target(Protocol):
    """Files to write, each once. `name` is the file that the caller wants when it is one file, else None."""

    name: str | None

    def create(self, name: str) -> AbstractContextManager[IO[bytes]]:
        """Create a file of the target, by a relative name with `/`."""

    def write(self, name: str, content: bytes) -> None:
        """Create a file of this content; in archives without the temporary file that `create` needs."""


def write_text(target: Target, name: str, text: str) -> None:
    """Create a file of UTF-8 text."""
    target.write(name, text.encode())


class FilePerAsset:
    """Files of a format that has one for each asset; a target that is one file takes the first and no other."""

    def __init__(self, target: Target, title: str) -> None:
        self._target, self._title = target, title
        self._names: set[str] = set()

    def __contains__(self, name: str) -> bool:
        """Tell whether a file of the name was created."""
        return name in self._names

    def create(self, name: str, content: bytes) -> None:
        """Create a file. Raises FormatError for a second one where the target is one file."""
        if self._target.name is not None:
            if self._names:
                why = f"{self._title} has a file for each image: name a folder or an archive."
                raise FormatError("not_one_file", why)
            name = self._target.name
        self._names.add(name)
        self._target.write(name, content)


@contextmanager
def open_target(path: Path) -> Iterator[Target]:
    """Create `x.zip`, `x.tar`, a file by its suffix, or a folder; nothing is left when writing fails.

    Raises FormatError when the path exists already or cannot be written.
    """
    if path.exists():
        raise FormatError("exists", f"{path} exists already: name another place, or remove it first.")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        hidden = Path(tempfile.mkdtemp(prefix=f".{path.name[:50]}.", dir=path.parent))
        try:
            with _made(hidden / path.name) as target:
                yield target
            _publish(hidden, path)
        finally:
            shutil.rmtree(hidden, ignore_errors=True)
    except OSError as error:
        raise FormatError("unwritable", f"Writing {path} failed: {error.strerror or error}.") from error


@contextmanager
def _made(path: Path) -> Iterator[Target]:
    match path.suffix.lower():
        case ".zip":
            with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
                yield _Zip(archive)
        case ".tar":
            with tarfile.open(path, "w", format=tarfile.PAX_FORMAT) as shards:
                yield _Tar(shards)
        case "":
            path.mkdir()
            yield _Folder(path, None)
        case _:
            yield _Folder(path.parent, path.name)


def _publish(hidden: Path, path: Path) -> None:
    """Move what was written to its place; the files that a format puts beside a single file too."""
    if not (hidden / path.name).exists():
        raise FormatError(
            "not_one_file", f"The format needs several files: name a folder or an archive, not {path.name}."
        )
    names = sorted(each.name for each in hidden.iterdir())
    for name in names:
        if (path.parent / name).exists():
            raise FormatError("exists", f"{name} exists already beside {path.name}: name another place, or remove it.")
    for name in names:
        (hidden / name).rename(path.parent / name)


class _Names:
    """The names of a target so far: each once, none of them a folder of another."""

    def __init__(self) -> None:
        self._files: set[str] = set()
        self._folders: set[str] = set()

    def claim(self, name: str) -> str:
        """Take a name and return it without empty parts. Raises FormatError for one that is not safe, or taken."""
        path = PurePosixPath(name)
        name = path.as_posix()
        parts = name.encode("utf-8", "surrogatepass").split(b"/")
        is_text = name.isascii() or not any("\ud800" <= each <= "\udfff" for each in name)
        if not is_safe_name(name) or not is_text or max(map(len, parts)) > _MAX_PART_BYTES:
            shown = name if len(name) < 2 * _MAX_PART_BYTES else f"{name[:_MAX_PART_BYTES]}…"
            raise FormatError("unsafe_name", f"No file can have the name {shown!r}: rename the image it is made for.")
        folder, _, _ = name.rpartition("/")
        folders = set[str]() if folder in self._folders else {str(each) for each in path.parents}
        if name in self._files or name in self._folders or not self._files.isdisjoint(folders):
            raise FormatError(
                "name_twice", f"Two images would both be written as {name}: rename one of them, or convert them apart."
            )
        self._files.add(name)
        self._folders |= folders
        return name


class _Folder:
    def __init__(self, root: Path, name: str | None) -> None:
        self._root, self.name = root, name
        self._taken = _Names()

    @contextmanager
    def create(self, name: str) -> Iterator[IO[bytes]]:
        name = self._taken.claim(name)
        path = self._root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("xb") as stream:
            yield stream

    def write(self, name: str, content: bytes) -> None:
        with self.create(name) as stream:
            stream.write(content)


class _Zip:
    name: str | None = None

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self._taken = _Names()

    @contextmanager
    def create(self, name: str) -> Iterator[IO[bytes]]:
        name = self._taken.claim(name)
        with tempfile.SpooledTemporaryFile(_SPOOL_BYTES) as spooled:
            yield spooled
            spooled.seek(0)
            with self._member(name) as stream:
                shutil.copyfileobj(spooled, stream)

    def write(self, name: str, content: bytes) -> None:
        with self._member(self._taken.claim(name)) as stream:
            stream.write(content)

    def _member(self, name: str) -> IO[bytes]:
        member = zipfile.ZipInfo(name, _ZIP_TIME)
        member.external_attr = 0o644 << 16
        return self._archive.open(member, "w", force_zip64=True)


class _Tar:
    name: str | None = None

    def __init__(self, archive: tarfile.TarFile) -> None:
        self._archive = archive
        self._taken = _Names()

    @contextmanager
    def create(self, name: str) -> Iterator[IO[bytes]]:
        name = self._taken.claim(name)
        with tempfile.SpooledTemporaryFile(_SPOOL_BYTES) as spooled:
            yield spooled
            size = spooled.seek(0, io.SEEK_END)
            spooled.seek(0)
            self._archive.addfile(_tar_member(name, size), spooled)

    def write(self, name: str, content: bytes) -> None:
        self._archive.addfile(_tar_member(self._taken.claim(name), len(content)), io.BytesIO(content))


def _tar_member(name: str, size: int) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.size = size
    return member
