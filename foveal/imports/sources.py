"""Label files of an import on the worker's disk, opened as a source of the formats."""

import hashlib
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from foveal.aws.errors import NoSuchKey
from foveal.aws.s3 import S3
from foveal.database.stored_documents import ImportDocument
from foveal.errors import Conflict
from foveal.formats.base.files.source import Source, open_source
from foveal.jobs.files import download


@contextmanager
def opened(bucket: S3, import_: ImportDocument) -> Iterator[tuple[Source, str | None]]:
    """Open the files of an import; yield the source, and the SHA-256 of its file where it is one.

    Raises Conflict for a file that has not arrived, FormatError for a source that is refused.
    """
    with tempfile.TemporaryDirectory(prefix="import-") as folder:
        root = Path(folder) / "files"
        for file in import_["files"]:
            try:
                download(bucket, file["key"], root / PurePosixPath(file["name"]))
            except NoSuchKey:
                raise Conflict(f"{file['name']} has not been uploaded yet: upload it, then start the import.") from None
        only = root / import_["files"][0]["name"] if len(import_["files"]) == 1 else None
        with open_source(only or root) as source:
            yield source, sha256_of(only) if only else None


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file as hexadecimal text."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
