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
from pathlib import Path
from typing import IO, Final, Protocol

from foveal.formats.items import FormatError

_ZIP_TIME: Final = (1980, 1, 1, 0, 0, 0)
_SPOOL_BYTES: Final = 1 << 20


class Target(Protocol):
    """Files to write, each once. `name` is the file that the caller wants when it is one file, else None."""

    name: str | None

    def create(self, name: str) -> AbstractContextManager[IO[bytes]]:
        """Create a file of the target, by a relative name with `/`."""


def write_text(target: Target, name: str, text: str) -> None:
    """Create a file of UTF-8 text."""
    with target.create(name) as stream:
        stream.write(text.encode())


@contextmanager
def open_target(path: Path) -> Iterator[Target]:
    """Create `x.zip`, `x.tar`, a file by its suffix, or a folder; nothing is left when writing fails.

    Raises FormatError when the path exists already.
    """
    if path.exists():
        raise FormatError("exists", f"{path} exists already: name another place, or remove it first.")
    path.parent.mkdir(parents=True, exist_ok=True)
    hidden = Path(tempfile.mkdtemp(prefix=f".{path.name}.", dir=path.parent))
    made = hidden / path.name
    try:
        match path.suffix.lower():
            case ".zip":
                with zipfile.ZipFile(made, "w", zipfile.ZIP_STORED) as archive:
                    yield _Zip(archive)
            case ".tar":
                with tarfile.open(made, "w", format=tarfile.PAX_FORMAT) as shards:
                    yield _Tar(shards)
            case "":
                made.mkdir()
                yield _Folder(made, None)
            case _:
                yield _Folder(hidden, path.name)
        if not made.exists():
            raise FormatError(
                "not_one_file", f"The format needs several files: name a folder or an archive, not {path.name}."
            )
        made.rename(path)
        if extra := sorted(each.name for each in hidden.iterdir()):
            for name in extra:
                (hidden / name).rename(path.parent / name)
    finally:
        shutil.rmtree(hidden, ignore_errors=True)


class _Folder:
    def __init__(self, root: Path, name: str | None) -> None:
        self._root, self.name = root, name

    @contextmanager
    def create(self, name: str) -> Iterator[IO[bytes]]:
        path = self._root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("xb") as stream:
            yield stream


class _Zip:
    name: str | None = None

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive

    @contextmanager
    def create(self, name: str) -> Iterator[IO[bytes]]:
        with tempfile.SpooledTemporaryFile(_SPOOL_BYTES) as spooled:
            yield spooled
            spooled.seek(0)
            member = zipfile.ZipInfo(name, _ZIP_TIME)
            member.external_attr = 0o644 << 16
            with self._archive.open(member, "w", force_zip64=True) as stream:
                shutil.copyfileobj(spooled, stream)


class _Tar:
    name: str | None = None

    def __init__(self, archive: tarfile.TarFile) -> None:
        self._archive = archive

    @contextmanager
    def create(self, name: str) -> Iterator[IO[bytes]]:
        with tempfile.SpooledTemporaryFile(_SPOOL_BYTES) as spooled:
            yield spooled
            member = tarfile.TarInfo(name)
            member.size = spooled.seek(0, io.SEEK_END)
            spooled.seek(0)
            self._archive.addfile(member, spooled)
