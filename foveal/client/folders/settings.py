"""Settings of a folder's upload, all with defaults that suit one machine and one line."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class UploadSettings:
    """Selection of files of a folder, and limits of the machine and the line.

    Attributes:
        include: Patterns of gitignore; with any, only files that match one are taken.
        exclude: Patterns of gitignore, beside those of `.fovealignore` in the folder; they win over `include`.
        hidden: Take files and folders whose name begins with a dot.
        follow: Follow symbolic links; a link to a folder that was seen is not entered again.
        tags: Tags of every asset.
        sidecar: Tags and attributes of single files, by their path in the folder.
        max_connections: Connections to S3; the number in use grows while it helps and halves when S3 refuses.
        max_bytes_per_second: Limit of the line; None for none. A function is asked while bytes are sent.
        part_bytes: Size of the parts of large files, at least 5 MiB; None leaves it to the API.
        ignore_journal: Ask for every file again, also for those that an earlier run has finished.
        paths: Paths within the folder to take in place of a walk, with slashes; read once. Patterns hold for them too.
    """

    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    hidden: bool = False
    follow: bool = False
    tags: tuple[str, ...] = ()
    sidecar: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    max_connections: int = 32
    max_bytes_per_second: int | Callable[[], int | None] | None = None
    part_bytes: int | None = None
    ignore_journal: bool = False
    paths: Iterable[str] | None = None

    def rate(self) -> int | None:
        """Return the limit of the line in bytes a second, as it is now."""
        limit = self.max_bytes_per_second
        return limit() if callable(limit) else limit
