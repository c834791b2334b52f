"""Transfer of one download: ranges with `If-Range` (RFC 9110, 13.1.5) into a part file, checked, then put in place."""

import base64
import hashlib
import os
import random
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import IO, Any, Final
from urllib.parse import quote, unquote

from awscrt import checksums

from foveal.client.errors import DownloadError
from foveal.client.reading import ReadError, Reading

BLOCK_BYTES: Final = 256 * 1024
MAX_TRIES: Final = 6
MAX_WAIT_SECONDS: Final = 20.0
Progress = Callable[[int], None]
"""Called with the bytes of the file that are there."""


@dataclass(frozen=True, slots=True)
class Source:
    """The bytes to fetch.

    Attributes:
        key: Names the part file; the same for the same asset and variant.
        url: Returns a signed URL, a new one at each call.
        size_bytes, crc64nvme, sha256: As the catalog has them (base64, of the whole), None where it does not.
    """

    key: str
    url: Callable[[], str]
    size_bytes: int | None = None
    crc64nvme: str | None = None
    sha256: str | None = None


@dataclass(frozen=True, slots=True)
class Downloaded:
    """A file that is in its place. `received_bytes` came in this run; `is_new` is False where the file was there."""

    path: Path
    size_bytes: int
    received_bytes: int
    is_new: bool
    is_verified: bool


class _Interrupted(Exception):
    """The transfer ended before its last byte; it can go on."""


class _UrlExpired(Exception):
    """The URL was refused; another one may be accepted."""


class _AlreadyThere(Exception):
    """A file of the same size is there, and is not to be replaced."""


class Downloader:
    """Fetches sources, from any number of threads."""

    def __init__(self, *, sleep: Callable[[float], None] = time.sleep) -> None:
        self._sleep = sleep
        self._is_stopped = threading.Event()

    def stop(self) -> None:
        """End running transfers after their next bytes, and begin no other; what has arrived stays for a later run."""
        self._is_stopped.set()

    def _go_on(self, progress: Progress, done: int) -> None:
        if self._is_stopped.is_set():
            raise DownloadError("The download was stopped.", code="Stopped")
        progress(done)

    def save(
        self, source: Source, path: Path, *, overwrite: bool = False, progress: Progress | None = None
    ) -> Downloaded:
        """Fetch a source into a file and return what came.

        A file that is there stays: with the same bytes it is the result, with others DownloadError is raised unless
        `overwrite`. Raises DownloadError for bytes that cannot be had, that are not those of the catalog, or that
        cannot be written.
        """
        if path.is_symlink() or (path.exists() and not path.is_file()):
            raise DownloadError(f"{path}: is no ordinary file", code="FileExists")
        try:
            if path.exists() and not overwrite and source.size_bytes is not None:
                return _present(source, path)
            step = partial(self._go_on, progress or (lambda _: None))
            part, received = self._fetch(source, path, overwrite=overwrite, progress=step)
            if part is None:
                return Downloaded(path, path.stat().st_size, 0, is_new=False, is_verified=False)
            is_verified = _verify(source, part)
            _place(part, path, overwrite=overwrite)
        except OSError as error:
            raise DownloadError(f"{path}: {error.strerror or error}", code="CannotWrite") from error
        return Downloaded(path, path.stat().st_size, received, is_new=True, is_verified=is_verified)

    def _fetch(self, source: Source, path: Path, *, overwrite: bool, progress: Progress) -> tuple[Path | None, int]:
        """Return the complete part file and the bytes received; None for a file of the same size that is there."""
        tries, received, renewals = 0, 0, 0
        url = source.url()
        while True:
            try:
                part, count = _receive(source, url, path, overwrite=overwrite, progress=progress)
                return part, received + count
            except _AlreadyThere:
                return None, received
            except _UrlExpired as error:
                renewals += 1
                if renewals > 1:
                    raise DownloadError(f"{path.name}: {error}", code="AccessDenied") from error
                url = source.url()
            except _Interrupted as error:
                tries += 1
                if tries >= MAX_TRIES:
                    raise DownloadError(f"{path.name}: {error or type(error).__name__}", code="NetworkError") from error
                self._sleep(random.random() * min(MAX_WAIT_SECONDS, 0.5 * 2**tries))  # noqa: S311  full jitter


def _receive(source: Source, url: str, path: Path, *, overwrite: bool, progress: Progress) -> tuple[Path, int]:
    """Receive what is missing of a source; return its part file, and how many bytes came.

    Raises _Interrupted, _UrlExpired, _AlreadyThere, DownloadError; OSError when the file cannot be written.
    """
    part, etag = _part_of(source, path.parent)
    start = part.stat().st_size if part else 0
    with ExitStack() as files:
        file: IO[bytes] | None = None

        def write(block: bytes) -> None:
            nonlocal file, part
            if file is None:
                if not overwrite and path.exists() and path.stat().st_size == reading.size_bytes:
                    raise _AlreadyThere
                if not start:
                    if part:  # of no byte: its bytes may have another tag now
                        part.unlink(missing_ok=True)
                    part = _new_part(source, path.parent, reading.etag or "")
                assert part is not None
                file = files.enter_context(part.open("ab" if start else "wb"))
                progress(start)
            file.write(block)
            progress(reading.received_bytes + len(block))

        reading = Reading(url, write, start, etag or None)
        try:
            reading.run(max_resumes=0)  # the next try waits before it goes on
        except ReadError as error:
            if error.status in (HTTPStatus.PRECONDITION_FAILED, HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE) and part:
                part.unlink(missing_ok=True)  # of bytes that the source no longer has
                raise _Interrupted(str(error)) from error
            if error.status == HTTPStatus.FORBIDDEN:
                raise _UrlExpired(str(error)) from error
            if error.is_temporary:
                raise _Interrupted(str(error)) from error
            raise DownloadError(f"{error} instead of the bytes", code=f"HTTP{error.status}") from error
        finally:
            if file is not None:
                file.flush()
                os.fsync(file.fileno())
    return part or _new_part(source, path.parent, ""), reading.received_bytes - start


def _part_prefix(source: Source) -> str:
    return f".foveal-{quote(source.key, safe='')}-"


def _part_of(source: Source, folder: Path) -> tuple[Path | None, str]:
    """Return the part file of an earlier run and its entity tag; only a strong tag can be asked for a range."""
    for part in folder.glob(f"{_part_prefix(source)}*.part"):
        etag = unquote(part.name.removeprefix(_part_prefix(source)).removesuffix(".part"))
        if etag.startswith('"') and not part.is_symlink():
            return part, etag
    return None, ""


def _new_part(source: Source, folder: Path, etag: str) -> Path:
    return folder / f"{_part_prefix(source)}{quote(etag, safe='')[:120]}.part"


def _verify(source: Source, part: Path) -> bool:
    """Tell whether a checksum was compared. Raises DownloadError, and deletes the part, when bytes differ."""
    size = part.stat().st_size
    differs = source.size_bytes is not None and size != source.size_bytes
    expected = source.crc64nvme or source.sha256
    if not differs and expected:
        differs = _digest(part, is_crc=source.crc64nvme is not None) != expected
    if differs:
        part.unlink()
        raise DownloadError(
            "the bytes that came are not those of the catalog; the asset was changed meanwhile, or damaged on the way: "
            "try again",
            code="ChecksumMismatch",
        )
    return expected is not None


def _present(source: Source, path: Path) -> Downloaded:
    """Return a file that is there, if it has the bytes of the source."""
    expected, size = source.crc64nvme or source.sha256, path.stat().st_size
    is_same = size == source.size_bytes and (
        expected is None or _digest(path, is_crc=source.crc64nvme is not None) == expected
    )
    if not is_same:
        raise _other_bytes(path)
    return Downloaded(path, size, 0, is_new=False, is_verified=expected is not None)


def _digest(path: Path, *, is_crc: bool) -> str:
    crc, digest = 0, hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(BLOCK_BYTES * 4):
            if is_crc:
                crc = checksums.crc64nvme(block, crc)
            else:
                digest.update(block)
    return base64.b64encode(crc.to_bytes(8, "big") if is_crc else digest.digest()).decode()


def _place(part: Path, path: Path, *, overwrite: bool) -> None:
    """Give a complete part its name, and never that of a file that has come into being meanwhile."""
    if overwrite:
        part.replace(path)
        return
    try:
        os.link(part, path)
    except FileExistsError:
        raise DownloadError(
            f"{path}: is there with other bytes; give --overwrite to replace it", code="FileExists"
        ) from None
    except OSError:  # a file system without links
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
        part.replace(path)
        return
    with suppress(FileNotFoundError):
        part.unlink()


def _other_bytes(path: Path) -> DownloadError:
    return DownloadError(
        f"{path}: is there with other bytes, and may be replaced only by overwriting", code="FileExists"
    )


def source_of(asset: Mapping[str, Any], variant: str, url: Callable[[], str]) -> Source:
    """Return the source of an asset's original or of another variant, whose size and checksum are not known."""
    if variant != "original":
        return Source(f"{asset['asset_id']}-{variant}", url)
    known = asset.get("checksums") or {}
    is_whole = known.get("type") != "COMPOSITE"  # of parts, as S3 has it of SHA-256
    return Source(
        asset["asset_id"],
        url,
        asset.get("size_bytes"),
        known.get("crc64nvme") if is_whole else None,
        known.get("sha256") if is_whole else None,
    )
