"""S3's data plane: checksums that S3 makes by itself, ranges of versions, and bodies that stay on disk."""

import base64
import re
import zlib
from contextvars import ContextVar
from pathlib import Path
from typing import Any, Final

from awscrt import checksums as crt

Response = tuple[int, dict[str, Any], Any]
Query = dict[str, list[str]]
DEFAULT: Final = "CRC64NVME"
CRCS: Final = {"CRC32": (zlib.crc32, 4), "CRC32C": (crt.crc32c, 4), "CRC64NVME": (crt.crc64nvme, 8)}

USES: Final = {
    "ministack.services.s3": (
        *("_crc64nvme", "_crc32c", "_resolve_object_checksums", "_put_object"),
        *("_create_multipart_upload", "_complete_multipart_upload", "_multipart_uploads", "_object_versions"),
        *("_completed_multipart_uploads", "_get_object", "_read_body", "_record_object_version", "_object_disk_path"),
        *("_persist_object", "_parse_range", "_qp", "_error", "_buckets", "S3_PERSIST", "_apply_response_overrides"),
    ),
}


def install() -> None:
    from ministack.services import s3

    s3._crc64nvme, s3._crc32c = crt.crc64nvme, crt.crc32c  # s3.py:2018 loops over the bytes in Python: 1 s for 5 MB
    _add_default_checksum(s3)
    _complete_with_a_checksum_of_the_whole(s3)
    _serve_ranges_from_disk(s3)


def _add_default_checksum(s3: Any) -> None:
    """S3 adds a CRC64NVME to an upload that names no checksum ("Checking object integrity"); s3.py:2074 adds none."""
    resolve, put = s3._resolve_object_checksums, s3._put_object

    def resolve_object_checksums(body: bytes, headers: dict[str, str]) -> tuple[dict[str, str], Response | None]:
        checksums, error = resolve(body, headers)
        return (checksums if checksums or error else {DEFAULT: checksum(DEFAULT, [body])}), error

    def put_object(bucket: str, key: str, body: bytes, headers: dict[str, str]) -> Response:
        status, answer, content = put(bucket, key, body, headers)
        if status == 200:
            stored = s3._buckets[bucket]["objects"].get(key, {}).get("checksums") or {}
            answer.update({f"x-amz-checksum-{name.lower()}": value for name, value in stored.items()})
            answer.setdefault("x-amz-checksum-type", "FULL_OBJECT")
        return status, answer, content

    s3._resolve_object_checksums, s3._put_object = resolve_object_checksums, put_object


def _complete_with_a_checksum_of_the_whole(s3: Any) -> None:
    """FULL_OBJECT checksums of multipart uploads; s3.py:8507 and :8826 know only COMPOSITE ones.

    S3 takes FULL_OBJECT for CRC64NVME, for a CRC when the client says so, and for uploads that name no algorithm.
    """
    create, complete = s3._create_multipart_upload, s3._complete_multipart_upload

    def create_multipart_upload(bucket: str, key: str, headers: dict[str, str]) -> Response:
        status, answer, content = create(bucket, key, headers)
        if status == 200:
            algorithm = answer.get("x-amz-checksum-algorithm", DEFAULT)
            kind = headers.get("x-amz-checksum-type", "FULL_OBJECT" if algorithm == DEFAULT else "COMPOSITE").upper()
            if kind == "FULL_OBJECT" and algorithm in CRCS:
                upload_id = re.search(rb"<UploadId>([^<]+)", content)
                assert upload_id is not None
                s3._multipart_uploads[upload_id[1].decode()]["whole"] = algorithm
                if "x-amz-checksum-algorithm" in answer:
                    answer["x-amz-checksum-type"] = kind
        return status, answer, content

    def complete_multipart_upload(
        bucket: str, key: str, body: bytes, query: Query, headers: dict[str, str] | None = None
    ) -> Response:
        upload_id = s3._qp(query, "uploadId")
        upload = s3._multipart_uploads.get(upload_id)
        algorithm = upload and upload.get("whole")
        if not algorithm:
            replayed: Response = complete(bucket, key, body, query, headers)
            return replayed
        parts = upload["parts"]
        numbers = sorted(int(number) for number in re.findall(rb"<PartNumber>\s*(\d+)\s*<", body))
        value = checksum(algorithm, [parts[number]["body"] for number in numbers if number in parts])
        wanted = (headers or {}).get(f"x-amz-checksum-{algorithm.lower()}")
        if wanted and wanted != value:
            text = f"The {algorithm} you specified did not match the calculated checksum."
            refusal: Response = s3._error("BadDigest", text, 400, f"/{bucket}/{key}")
            return refusal
        named, upload["checksum_algorithm"] = upload["checksum_algorithm"], None
        try:
            status, answer, content = complete(bucket, key, body, query, headers)
        finally:
            upload["checksum_algorithm"] = named
        if status != 200:
            return status, answer, content
        facts = {"checksums": {algorithm: value}, "checksum_type": "FULL_OBJECT"}
        stored = s3._buckets[bucket]["objects"][key]
        stored.update(facts)
        for version in s3._object_versions.get((bucket, key), []):
            if version.get("version_id") == stored.get("version_id"):
                version.update(facts)
        if s3.S3_PERSIST:
            s3._persist_object(bucket, key, stored)
        tags = f"<Checksum{algorithm}>{value}</Checksum{algorithm}><ChecksumType>FULL_OBJECT</ChecksumType>"
        end = b"</CompleteMultipartUploadResult>"
        completed = (status, answer, content.replace(end, tags.encode() + end))
        s3._completed_multipart_uploads[upload_id] = {"key": key, "response": completed}
        return completed

    s3._create_multipart_upload, s3._complete_multipart_upload = create_multipart_upload, complete_multipart_upload


def checksum(algorithm: str, bodies: list[bytes]) -> str:
    """Return the checksum of the bodies one after the other, base64 of its big-endian bytes as S3 writes it."""
    step, width = CRCS[algorithm]
    value = 0
    for body in bodies:
        value = step(body, value)
    return base64.b64encode(value.to_bytes(width, "big")).decode()


class OnDisk:
    """A body of which only the wanted slice is read."""

    def __init__(self, path: Path) -> None:
        self._path, self._size = path, path.stat().st_size

    def __len__(self) -> int:
        return self._size

    def __getitem__(self, wanted: slice) -> bytes:
        first, end, _ = wanted.indices(self._size)
        with self._path.open("rb") as file:
            file.seek(first)
            return file.read(max(0, end - first))


def _serve_ranges_from_disk(s3: Any) -> None:
    """A range of a version is the range (s3.py:5430 gives the whole); a range is read alone (s3.py:5475 loads all of
    the object first), and a versioned upload is not kept in memory besides (s3.py:6026)."""
    is_range: ContextVar[bool] = ContextVar("is_range", default=False)
    get, read, record = s3._get_object, s3._read_body, s3._record_object_version

    def get_object(bucket: str, key: str, headers: dict[str, str], query: Query | None = None) -> Response:
        wanted = headers.get("range", "")
        token = is_range.set(bool(wanted))
        try:
            status, answer, body = get(bucket, key, headers, query)
        finally:
            is_range.reset(token)
        if query and status == 200:
            s3._apply_response_overrides(answer, query)  # s3.py:5430 leaves them out for a named version
        if status != 200 or not wanted:
            return status, answer, body
        span = s3._parse_range(wanted, len(body))
        if span is None:
            refusal: Response = s3._error(
                "InvalidRange", "The requested range is not satisfiable", 416, f"/{bucket}/{key}"
            )
            return refusal
        first, last = span
        kept = {name: value for name, value in answer.items() if not name.lower().startswith("x-amz-checksum")}
        limits = {"Content-Length": str(last - first + 1), "Content-Range": f"bytes {first}-{last}/{len(body)}"}
        return 206, {**kept, **limits}, body[first : last + 1]

    def read_body(bucket: str, key: str, stored: dict[str, Any]) -> Any:
        path = s3._object_disk_path(bucket, key) if is_range.get() and stored.get("body") is None else None
        return OnDisk(Path(path)) if path and Path(path).is_file() else read(bucket, key, stored)

    def record_object_version(bucket: str, key: str, prior: Any, stored: dict[str, Any], data: bytes) -> str | None:
        version_id: str | None = record(bucket, key, prior, stored, data)
        versions = s3._object_versions.get((bucket, key))
        if versions and s3.S3_PERSIST:
            versions[-1]["data"] = None
        return version_id

    s3._get_object, s3._read_body, s3._record_object_version = get_object, read_body, record_object_version
