"""User-defined metadata of an original (`x-amz-meta-foveal-*`): the file name and the declaration of its upload.

The metadata lie on the object from the start, so that a rebuild of the catalog from the bucket knows them again: the
name, and the size and checksum that the bytes are held against.
"""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote, unquote

RESERVED_PREFIX: Final = "foveal-"
MAX_METADATA_BYTES: Final = 2048
"""S3 user guide, "Working with object metadata": the limit of names and values together."""
MAX_FILE_NAME_LENGTH: Final = 1024
"""As in `foveal.validation.values.FileName`; ingest does without pydantic."""
FILE_NAME: Final = "foveal-file-name"
SIZE: Final = "foveal-size-bytes"
CHECKSUM: Final = "foveal-checksum"


def with_declaration(
    metadata: Mapping[str, str], file_name: str | None, size_bytes: int, checksum: Mapping[str, Any] | None
) -> dict[str, str]:
    """Return a client's metadata and, as far as S3's limit leaves room, the declaration of its upload.

    The file name is percent-encoded UTF-8, because header values are ASCII and signatures collapse spaces. It comes
    last: a long one is left out before size and checksum are.
    """
    found = dict(metadata)
    declared = {
        CHECKSUM: f"{checksum['algorithm']}:{checksum['value']}" if checksum else None,
        SIZE: str(size_bytes),
        FILE_NAME: quote(file_name, safe="") if file_name else None,
    }
    free = MAX_METADATA_BYTES - sum(len(name) + len(value) for name, value in found.items())
    for name, value in declared.items():
        if value is not None and len(name) + len(value) <= free:
            found[name] = value
            free -= len(name) + len(value)
    return found


def declared_file_name(metadata: Mapping[str, str]) -> str | None:
    """Return the file name; None where there is none, or none that a request could set.

    Whoever writes to the bucket past the API may write any text.
    """
    try:
        name = unquote(metadata.get(FILE_NAME, ""), errors="strict")
    except UnicodeDecodeError:
        return None
    return name if 0 < len(name) <= MAX_FILE_NAME_LENGTH and "\0" not in name else None


def declared_bytes(metadata: Mapping[str, str]) -> dict[str, Any] | None:
    """Return `{"size_bytes", "checksum"}` as far as they are declared, as in an asset's `expected`; None for neither.

    The content type needs no declaration: S3 keeps it with the object.
    """
    expected: dict[str, Any] = {}
    size = metadata.get(SIZE, "")
    if size.isascii() and size.isdecimal() and len(size) < 16:
        expected["size_bytes"] = int(size)
    algorithm, _, value = metadata.get(CHECKSUM, "").partition(":")
    if value:
        expected["checksum"] = {"algorithm": algorithm, "value": value}
    return expected or None
