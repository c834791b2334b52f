"""Inventory reports: manifests, rows in CSV and Parquet, hostile rows; each line becomes exactly one row."""

import gzip
import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

import pyarrow
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import parquet

from foveal.errors import Unprocessable
from foveal.imports.bucket.inventory import MAX_LINE_BYTES, Manifest, parse_manifest, rows
from foveal.imports.bucket.rows import REASONS, Refused, Row, refusal

COLUMNS = (
    *("Bucket", "Key", "VersionId", "IsLatest", "IsDeleteMarker", "Size", "LastModifiedDate", "ETag"),
    *("StorageClass", "EncryptionStatus", "IntelligentTieringAccessTier"),
)
CSV = Manifest("theirs", "CSV", COLUMNS, ())
PARQUET = Manifest("theirs", "PARQUET", COLUMNS, ())
KEYS = st.text(st.characters(codec="utf-8"), min_size=1, max_size=40)


def line(key: str, **members: str) -> str:
    stated = {
        "Bucket": "theirs",
        "Key": key,
        "VersionId": "",
        "IsLatest": "true",
        "IsDeleteMarker": "false",
        "Size": "10",
        "LastModifiedDate": "2026-11-01T10:00:00.000Z",
        "ETag": "e",
        "StorageClass": "STANDARD",
        "EncryptionStatus": "SSE-S3",
        "IntelligentTieringAccessTier": "",
        **members,
    }
    return ",".join(f'"{stated[name]}"' for name in COLUMNS)


def read(data: bytes, folder: Path, skip: int = 0) -> list[Row | Refused]:
    path = folder / "data.csv.gz"
    path.write_bytes(gzip.compress(data, compresslevel=1))
    return list(rows(CSV, path, skip))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("inventory")


@given(keys=st.lists(KEYS, max_size=20), encode=st.sampled_from([quote, quote_plus]))
def test_keys_in_csv_are_those_of_the_objects(folder: Path, keys: list[str], encode: Any) -> None:
    data = "".join(f"{line(encode(key, safe=''))}\n" for key in keys).encode()
    found = read(data, folder)
    assert [each.key for each in found] == keys
    assert [each.number for each in found] == list(range(len(keys)))
    assert all(isinstance(each, Row) for each in found)


@given(lines=st.lists(st.binary(min_size=1, max_size=80).map(lambda each: each.replace(b"\n", b"")), max_size=20))
def test_any_line_of_bytes_is_one_row_or_one_refusal(folder: Path, lines: list[bytes]) -> None:
    found = read(b"".join(each + b"\n" for each in lines), folder)
    assert len(found) == sum(1 for each in lines if each.strip())
    for each in found:
        assert isinstance(each, Row) or each.reason in REASONS
        assert not isinstance(each, Row) or refusal(each, "theirs") in {None, *REASONS}


@given(text=st.binary(max_size=200), place=st.integers(0, 10))
def test_mutated_field_leaves_the_rows_around_it_as_they_are(folder: Path, text: bytes, place: int) -> None:
    good = line("a.jpg").encode()
    fields = good.split(b",")
    fields[place] = b'"' + text.replace(b"\n", b"") + b'"'
    found = read(b"\n".join([good, b",".join(fields), good]) + b"\n", folder)
    assert (len(found), found[0][1:], found[2][1:]) == (3, found[0][1:], found[0][1:])


def test_rows_behind_a_place_are_those_of_the_whole_file(folder: Path) -> None:
    data = "".join(f"{line(f'{number}.jpg')}\n" for number in range(30)).encode()
    assert read(data, folder, skip=11) == read(data, folder)[11:]


def test_line_without_end_is_one_refusal_and_is_never_held_whole(folder: Path) -> None:
    found = read(f"{line('a' * 8 * MAX_LINE_BYTES)}\n{line('b.jpg')}\n".encode(), folder)
    assert [type(each).__name__ for each in found] == ["Refused", "Row"]


def test_damaged_file_is_refused_with_a_sentence(folder: Path) -> None:
    path = folder / "damaged.csv.gz"
    path.write_bytes(gzip.compress(f"{line('a.jpg')}\n".encode() * 1000)[:-20])
    with pytest.raises(Unprocessable, match="damaged"):
        list(rows(CSV, path))


@pytest.mark.parametrize(
    ("members", "reason"),
    [
        ({}, None),
        ({"IsDeleteMarker": "true", "Size": ""}, "delete_marker"),
        ({"IsLatest": "false"}, "noncurrent_version"),
        ({"Size": "0"}, "empty"),
        ({"EncryptionStatus": "SSE-C"}, "customer_key"),
        ({"Bucket": "another"}, "other_bucket"),
        ({"Key": "a/"}, "folder_key"),
        ({"Key": "a.pdf"}, "unsupported_type"),
        ({"Key": "a"}, None),
        ({"Key": "IMG.0042"}, None),
        ({"Key": "a%00.jpg"}, "key_not_usable"),
        ({"Key": ""}, "key_not_usable"),
    ],
)
def test_row_has_the_reason_why_it_is_no_asset(folder: Path, members: dict[str, str], reason: str | None) -> None:
    (found,) = read(f"{line(**{'key': 'a.jpg', **members})}\n".encode(), folder)
    assert isinstance(found, Row)
    assert refusal(found, "theirs") == reason


@pytest.mark.parametrize("members", [{"StorageClass": "GLACIER"}, {"IntelligentTieringAccessTier": "DEEP_ARCHIVE"}])
def test_archived_row_is_known_as_such(folder: Path, members: dict[str, str]) -> None:
    (found,) = read(f"{line('a.jpg', **members)}\n".encode(), folder)
    assert isinstance(found, Row)
    assert (found.is_archived, refusal(found, "theirs")) == (True, None)


def test_parquet_has_the_rows_of_csv(folder: Path) -> None:
    keys = ["a b+%41.jpg", "ü/ö.png"]
    at = datetime(2026, 11, 1, 10, tzinfo=UTC)
    table = pyarrow.table(
        {
            "bucket": ["theirs"] * 2,
            "key": keys,
            "version_id": [None, "v2"],
            "is_latest": [True, True],
            "is_delete_marker": [False, False],
            "size": [10, 10],
            "last_modified_date": [at, at],
            "e_tag": ["e", "e"],
            "storage_class": ["STANDARD"] * 2,
            "encryption_status": ["SSE-S3"] * 2,
        }
    )
    path = folder / "data.parquet"
    parquet.write_table(table, path)
    data = f"{line(quote(keys[0]))}\n{line(quote(keys[1]), VersionId='v2')}\n".encode()
    assert list(rows(PARQUET, path)) == read(data, folder)
    assert list(rows(PARQUET, path, skip=1)) == read(data, folder)[1:]


def test_file_that_is_not_parquet_is_refused_with_a_sentence(folder: Path) -> None:
    path = folder / "no.parquet"
    path.write_bytes(b"PAR1 no")
    with pytest.raises(Unprocessable, match="Parquet"):
        list(rows(PARQUET, path))


def manifest(**members: Any) -> bytes:
    stated = {"sourceBucket": "theirs", "fileFormat": "CSV", "fileSchema": ", ".join(COLUMNS), "files": [], **members}
    return json.dumps(stated).encode()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (manifest(fileFormat="ORC"), "ORC, which is not read: set the inventory to CSV or Parquet"),
        (manifest(fileFormat="XML"), "'XML'"),
        (manifest(fileSchema="Bucket, Key"), "lacks Size, LastModifiedDate, ETag"),
        (manifest(files=[{"key": "a"}]), "not a manifest.json"),
        (b"[]", "not a manifest.json"),
        (b"\xff", "not a manifest.json"),
        (b"[" * 100_000, "not a manifest.json"),
    ],
)
def test_unusable_manifest_is_refused_with_what_to_do(text: bytes, told: str) -> None:
    with pytest.raises(Unprocessable, match=re.escape(told)):
        parse_manifest(text)


def test_manifest_names_the_bucket_of_an_arn() -> None:
    found = parse_manifest(manifest(sourceBucket="arn:aws:s3:::theirs", files=[{"key": "a", "size": 1}]))
    assert (found.bucket, found.files[0].key) == ("theirs", "a")
