"""Journey of the pictures of a proof: what was uploaded, and what has to be removed again."""

import secrets
import struct
import tempfile
import time
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

from foveal.operations.doctor.deployment import Deployment

if TYPE_CHECKING:
    from foveal.client._sync.project import Project

T = TypeVar("T")
SIDE: Final = 96
PATIENCE_SECONDS: Final = 90
POLL_SECONDS: Final = 0.5


@dataclass
class Journey:
    """The pictures that proofs share, so that each is uploaded once.

    Attributes:
        made: Ids of the assets that were made, for their removal.
    """

    deployment: Deployment
    project: "Project"
    made: list[str] = field(default_factory=list)
    _picture: dict[str, Any] | None = None

    def picture(self) -> dict[str, Any]:
        """Return the asset of the shared picture; it is uploaded when it is first asked for."""
        if self._picture is None:
            self._picture = self.upload(picture(), "foveal-doctor.png")
        return self._picture

    def upload(self, content: bytes, name: str) -> dict[str, Any]:
        """Upload a picture as the client does, and return its asset when it is ready."""
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, name)
            path.write_bytes(content)
            asset: Any = self.project.upload(path, timeout_seconds=PATIENCE_SECONDS, tags=["foveal-doctor"])
        self.made.append(asset["asset_id"])
        found: dict[str, Any] = asset
        return found

    def begin(self, content: bytes, name: str, *, accelerate: bool | None = None, **item: Any) -> dict[str, Any]:
        """Begin an upload and return its ticket."""
        begun: Any = self.project.api.begin_uploads(
            self.project.name,
            uploads=[{"file_name": name, "content_type": "image/png", "size_bytes": len(content), **item}],
            accelerate=accelerate,
        )
        ticket: dict[str, Any] = begun["uploads"][0]
        self.made.append(ticket["asset_id"])
        return ticket

    def url(self, asset: dict[str, Any] | None = None, **options: Any) -> str:
        """Return a signed URL of an asset, of the shared picture if none is given."""
        (signed,) = self.project.urls([(asset or self.picture())["asset_id"]], **options)
        return str(signed["url"])


def picture() -> bytes:
    """Return a PNG that was never uploaded before (PNG specification, section 5): noise, 96 pixels a side."""
    rows = b"".join(b"\0" + secrets.token_bytes(3 * SIDE) for _ in range(SIDE))
    header = struct.pack(">IIBBBBB", SIDE, SIDE, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )


def eventually(look: Callable[[], T | None], seconds: float = PATIENCE_SECONDS) -> T | None:
    """Return the first thing that is there; None when nothing comes in time."""
    deadline = time.monotonic() + seconds
    while (found := look()) is None and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)
    return found
