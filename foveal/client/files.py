"""A local file as an upload: what a begin declares of it, and its bytes in blocks."""

import base64
import hashlib
import mimetypes
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from foveal.client.errors import UploadError

BLOCK_BYTES = 1024 * 1024
MULTIPART_ABOVE_BYTES = 100 * 1024 * 1024
"""Larger files are sent in parts, as the API does by default; only smaller ones declare their SHA-256."""

_MORE_TYPES = {
    **{".heic": "image/heic", ".heif": "image/heif", ".avif": "image/avif", ".webp": "image/webp"},
    **{".jxl": "image/jxl", ".dcm": "application/dicom", ".mkv": "video/x-matroska", ".ts": "video/mp2t"},
}
"""Media types that `mimetypes` does not know everywhere, or knows for something else (`.ts`)."""


UNKNOWN_TYPE = "application/octet-stream"
"""Type of a file whose name tells none; its bytes decide."""


def media_type(name: str) -> str | None:
    """Return the media type that a file's name tells, None if it tells none."""
    # `mimetypes` takes a name such as "data:,1.jpg" for a URL; one that begins with "./" it does not.
    return _MORE_TYPES.get(Path(name).suffix.lower()) or mimetypes.guess_type(f"./{name}", strict=False)[0]


def is_media_name(name: str) -> bool:
    """Return whether a file may be media by its name: an image, a video, DICOM, or a name that tells nothing."""
    known = media_type(name)
    return known is None or known.startswith(("image/", "video/")) or known == "application/dicom"


@dataclass(frozen=True, slots=True)
class LocalFile:
    """A file that is to be uploaded, as it was when it was looked at."""

    path: Path
    size_bytes: int
    sha256: bytes

    @classmethod
    def read(cls, path: str | Path) -> "LocalFile":
        """Read a file once, for its size and SHA-256. Raises UploadError for what cannot be read or is empty."""
        path = Path(path)
        digest, size = hashlib.sha256(), 0
        try:
            with path.open("rb") as file:
                while block := file.read(BLOCK_BYTES):
                    digest.update(block)
                    size += len(block)
        except OSError as error:
            raise UploadError(f"{path}: {error.strerror or error}") from error
        if not size:
            raise UploadError(f"{path}: the file is empty")
        return cls(path, size, digest.digest())

    def item(self, changes: Mapping[str, Any]) -> dict[str, Any]:
        """Return the item of a begin: the same bytes under the same name are one asset for 30 days."""
        key = hashlib.sha256(self.path.name.encode("utf-8", "surrogateescape") + b"\0" + self.sha256).hexdigest()
        item: dict[str, Any] = {
            "file_name": self.path.name.encode("utf-8", "replace").decode(),
            "content_type": media_type(self.path.name) or UNKNOWN_TYPE,
            "size_bytes": self.size_bytes,
            "idempotency_key": f"py1-{key[:40]}",
        }
        if self.size_bytes <= MULTIPART_ABOVE_BYTES:
            item["checksum"] = {"algorithm": "sha256", "value": base64.b64encode(self.sha256).decode()}
        return {**item, **changes}

    def blocks(self, start: int, size_bytes: int) -> Iterator[bytes]:
        """Yield a range of the bytes. Raises UploadError when the file has become shorter or cannot be read."""
        try:
            with self.path.open("rb") as file:
                file.seek(start)
                while size_bytes:
                    block = file.read(min(BLOCK_BYTES, size_bytes))
                    if not block:
                        raise UploadError(f"{self.path}: the file became shorter while it was sent; upload it again")
                    size_bytes -= len(block)
                    yield block
        except OSError as error:
            raise UploadError(f"{self.path}: {error.strerror or error}") from error
