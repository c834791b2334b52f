"""Metadata of an original: the declaration of its upload, as it stands on the object."""

import pytest
from pydantic import TypeAdapter, ValidationError

from foveal.objects.metadata import (
    MAX_FILE_NAME_LENGTH,
    MAX_METADATA_BYTES,
    RESERVED_PREFIX,
    declared_bytes,
    declared_file_name,
    with_declaration,
)
from foveal.validation.values import FileName

CHECKSUM = {"algorithm": "crc64nvme", "value": "AAAAAAAAAAA="}


@pytest.mark.parametrize("name", ["lion.jpg", "a  b.jpg", "Übung (1).png", "日本.mp4", "a\r\nx: y", "%41", "\u202e"])
def test_declaration_is_read_back_from_printable_ascii(name: str) -> None:
    written = with_declaration({"camera": "7"}, name, 12, CHECKSUM)
    assert all(" " < character < "\x7f" for value in written.values() for character in value)
    assert declared_file_name(written) == name
    assert declared_bytes(written) == {"size_bytes": 12, "checksum": CHECKSUM}
    assert written["camera"] == "7"


def test_file_name_is_left_out_first_when_metadata_would_pass_the_limit_of_s3() -> None:
    written = with_declaration({"a": "x" * 1_800}, "n" * 256, 12, CHECKSUM)
    assert declared_file_name(written) is None
    assert declared_bytes(written) == {"size_bytes": 12, "checksum": CHECKSUM}
    full = {"a": "x" * (MAX_METADATA_BYTES - 1)}
    assert with_declaration(full, "n.jpg", 12, CHECKSUM) == full


@pytest.mark.parametrize(
    "metadata",
    [
        {},
        {"foveal-size-bytes": "-1", "foveal-checksum": "sha256", "foveal-file-name": "%ff"},
        {"foveal-size-bytes": "٣", "foveal-checksum": "", "foveal-file-name": ""},
        {"foveal-size-bytes": "9" * 5_000},
        {"foveal-file-name": "a%00b.jpg"},
        {"foveal-file-name": "n" * 1_025},
    ],
)
def test_declaration_is_absent_when_the_metadata_hold_none_that_can_be_read(metadata: dict[str, str]) -> None:
    assert declared_file_name(metadata) is None
    assert declared_bytes(metadata) is None


def test_longest_file_name_is_that_of_requests() -> None:
    names = TypeAdapter(FileName)
    assert names.validate_python("n" * MAX_FILE_NAME_LENGTH)
    with pytest.raises(ValidationError):
        names.validate_python("n" * (MAX_FILE_NAME_LENGTH + 1))


def test_reserved_prefix_covers_every_name_of_the_declaration() -> None:
    assert all(name.startswith(RESERVED_PREFIX) for name in with_declaration({}, "a.jpg", 1, CHECKSUM))
