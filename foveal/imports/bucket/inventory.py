"""Inventory reports of S3: manifest.json and data files in CSV (gzip) or Parquet.

Source: Amazon S3 User Guide, "Amazon S3 Inventory list" and "Locating your inventory list": a CSV file has no header
and URL-encodes keys; Parquet has columns in lower case and keys as they are.
"""

import csv
import gzip
import hashlib
import io
import json
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, NamedTuple
from urllib.parse import unquote_to_bytes

from foveal.aws.errors import AccessDenied, AwsError, NoSuchBucket, NoSuchKey
from foveal.aws.s3 import S3
from foveal.errors import Unprocessable
from foveal.imports.bucket.rows import Refused, Row, known_version
from foveal.jobs.files import download

MAX_MANIFEST_BYTES: Final = 64 * 2**20
MAX_LINE_BYTES: Final = 64 * 2**10
"""Of a row in CSV: a key of 1,024 bytes is at most 3,072 bytes URL-encoded, further fields are short."""
BATCH_ROWS: Final = 2_000
_NEEDED: Final = ("Bucket", "Key", "Size", "LastModifiedDate", "ETag")
_PARQUET: Final = {
    "bucket": "Bucket",
    "key": "Key",
    "version_id": "VersionId",
    "is_latest": "IsLatest",
    "is_delete_marker": "IsDeleteMarker",
    "size": "Size",
    "last_modified_date": "LastModifiedDate",
    "e_tag": "ETag",
    "storage_class": "StorageClass",
    "encryption_status": "EncryptionStatus",
    "intelligent_tiering_access_tier": "IntelligentTieringAccessTier",
}


class DataFile(NamedTuple):
    """A data file of a report, in the bucket of the report."""

    key: str
    size_bytes: int
    md5: str


class Manifest(NamedTuple):
    """A report: the bucket that it is about, its format, the names of its columns, its data files."""

    bucket: str
    format: str
    columns: tuple[str, ...]
    files: tuple[DataFile, ...]


def read_manifest(bucket: S3, key: str) -> Manifest:
    """Return a report's manifest. Raises Unprocessable for an absent, unreadable or unusable one."""
    try:
        head = bucket.head(key)
        if head.size_bytes > MAX_MANIFEST_BYTES:
            raise Unprocessable(f"The manifest {key} has more than {MAX_MANIFEST_BYTES} bytes: it is no manifest.")
        return parse_manifest(bucket.get(key))
    except (NoSuchKey, NoSuchBucket):
        raise Unprocessable(
            f"There is no manifest {key} in {bucket.bucket}; a first report comes up to 48 hours after its set-up."
        ) from None
    except AccessDenied:
        raise Unprocessable(f"S3 does not let this stage read {key} in {bucket.bucket}.") from None


def parse_manifest(text: bytes) -> Manifest:
    """Return a manifest. Raises Unprocessable with what is wrong."""
    try:
        read = json.loads(text)
        form = str(read["fileFormat"]).upper()
        bucket = str(read["sourceBucket"]).rpartition(":::")[2]
        files = tuple(DataFile(str(f["key"]), int(f["size"]), str(f.get("MD5checksum", ""))) for f in read["files"])
        schema = str(read["fileSchema"])
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise Unprocessable("The manifest is not a manifest.json of an S3 Inventory report.") from None
    if form == "ORC":
        raise Unprocessable("The report is in ORC, which is not read: set the inventory to CSV or Parquet.")
    if form not in ("CSV", "PARQUET"):
        raise Unprocessable(f"The report is in {form[:20]!r}: set the inventory to CSV or Parquet.")
    columns = tuple(each.strip() for each in schema.split(",")) if form == "CSV" else tuple(_PARQUET.values())
    lacking = [each for each in _NEEDED if form == "CSV" and each not in columns]
    if lacking:
        raise Unprocessable(f"The report lacks {', '.join(lacking)}: add these fields to the inventory.")
    return Manifest(bucket, form, columns, files)


def rows(manifest: Manifest, path: Path, skip: int = 0) -> Iterator[Row | Refused]:
    """Yield the rows of a data file on disk behind the first `skip`, each with its number in the file.

    Raises Unprocessable for a file that cannot be read to its end.
    """
    try:
        yield from (_csv_rows if manifest.format == "CSV" else _parquet_rows)(manifest, path, skip)
    except (OSError, EOFError, zlib.error):
        raise Unprocessable("A data file of the report cannot be unpacked: it is damaged.") from None


def fetch(bucket: S3, file: DataFile, path: Path) -> None:
    """Write a data file to disk. Raises Unprocessable for one that is absent, refused, or not the one of the report."""
    try:
        download(bucket, file.key, path)
    except AwsError as error:
        if not isinstance(error, NoSuchKey | AccessDenied):
            raise
        raise Unprocessable(f"The data file {file.key} cannot be read in {bucket.bucket}: {error.code}.") from None
    with path.open("rb") as stream:
        found = hashlib.file_digest(stream, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
    if file.md5 and found != file.md5.lower():
        raise Unprocessable(f"The data file {file.key} is not the one of the report: its MD5 is another.")


def _csv_rows(manifest: Manifest, path: Path, skip: int) -> Iterator[Row | Refused]:
    row_of = _row_maker(manifest.columns)
    with gzip.open(path) as stream:
        for number, line in enumerate(_lines(stream)):
            if number >= skip:
                yield row_of(number, line)


def _lines(stream: Any) -> Iterator[bytes]:
    """Yield the lines of a file; of one that is too long only the beginning."""
    buffered = io.BufferedReader(stream, 2**18)
    while line := buffered.readline(MAX_LINE_BYTES):
        rest = line
        while rest and not rest.endswith(b"\n"):
            rest = buffered.readline(MAX_LINE_BYTES)
        if line.strip():
            yield line


def _row_maker(columns: Sequence[str]) -> Callable[[int, bytes], Row | Refused]:
    """Return the function that makes a row of a line, for a report with these columns."""
    places = {name: place for place, name in enumerate(columns)}
    key_at, count = places["Key"], len(columns)

    def row_of(number: int, line: bytes) -> Row | Refused:
        fields = _fields(line)
        if fields is None or len(fields) != count:
            return Refused(number, "", "unreadable_row")
        try:
            key = unquote_to_bytes(fields[key_at].replace("+", " ")).decode() if _is_encoded(fields[key_at]) else None
        except UnicodeDecodeError:
            key = None
        if key is None:
            return Refused(number, fields[key_at], "key_not_utf8")
        return _row(number, key, lambda name, default="": fields[places[name]] if name in places else default)

    return row_of


def _fields(line: bytes) -> list[str] | None:
    """Return the fields of a line. S3 quotes all fields, and none holds a quote, since keys are URL-encoded."""
    try:
        text = line.decode().rstrip("\r\n")
        fields = text[1:-1].split('","')
        if text[:1] == '"' and text[-1:] == '"' and text.count('"') == 2 * len(fields):
            return fields
        return next(csv.reader([text]), None)
    except (UnicodeDecodeError, csv.Error):
        return None


def _is_encoded(text: str) -> bool:
    return text.isascii() and not any(each in text for each in ' "<>\\^`{|}')


def _row(number: int, key: str, field: Callable[..., Any]) -> Row | Refused:
    is_marker = _flag(field("IsDeleteMarker", "false"))
    try:
        return Row(
            number,
            str(field("Bucket")),
            key,
            known_version(str(field("VersionId") or "")),
            _flag(field("IsLatest", "true")),
            is_marker,
            0 if is_marker else _size(field("Size")),
            _instant(field("LastModifiedDate")),
            str(field("ETag") or "").strip('"'),
            str(field("StorageClass") or "STANDARD"),
            str(field("EncryptionStatus") or ""),
            str(field("IntelligentTieringAccessTier") or ""),
        )
    except (ValueError, TypeError, OverflowError):
        return Refused(number, key, "unreadable_row")


def _flag(value: Any) -> bool:
    return value is True or str(value).lower() == "true"


def _size(value: Any) -> int:
    size = int(value)
    if not 0 <= size < 2**63:
        raise ValueError("a size is a count of bytes")
    return size


def _instant(value: Any) -> datetime:
    found = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _parquet_rows(_manifest: Manifest, path: Path, skip: int) -> Iterator[Row | Refused]:
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError:
        raise Unprocessable(
            "The report is in Parquet, which needs the package pyarrow here: install it, or set the inventory to CSV."
        ) from None
    number = 0
    try:
        with parquet.ParquetFile(path) as file:
            names = [name for name in file.schema_arrow.names if name in _PARQUET]
            lacking = [each for each in _NEEDED if each not in {_PARQUET[name] for name in names}]
            if lacking:
                raise Unprocessable(f"The report lacks {', '.join(lacking)}: add these fields to the inventory.")
            for batch in file.iter_batches(BATCH_ROWS, columns=names):
                if number + batch.num_rows > skip:
                    for offset, row in enumerate(_records(batch)):
                        if number + offset >= skip:
                            yield _parquet_row(number + offset, row)
                number += batch.num_rows
    except pyarrow.ArrowException:
        raise Unprocessable("A data file of the report cannot be read as Parquet: it is damaged.") from None


def _records(batch: Any) -> Iterator[Mapping[str, Any]]:
    """Yield the rows of a record batch; text that is not UTF-8 is None."""
    columns = {_PARQUET[name]: _values(column) for name, column in zip(batch.schema.names, batch.columns, strict=True)}
    for values in zip(*columns.values(), strict=True):
        yield dict(zip(columns, values, strict=True))


def _values(column: Any) -> list[Any]:
    try:
        found: list[Any] = column.to_pylist()
    except UnicodeDecodeError:
        found = [_text(each) for each in column]
    return found


def _text(scalar: Any) -> str | None:
    try:
        text: str | None = scalar.as_py()
    except UnicodeDecodeError:
        return None
    return text


def _parquet_row(number: int, row: Mapping[str, Any]) -> Row | Refused:
    key = row["Key"]
    if not isinstance(key, str):
        return Refused(number, "", "key_not_utf8")
    return _row(number, key, lambda name, default="": default if row.get(name) is None else row[name])
