"""POST forms: S3 compares the bytes with an `x-amz-checksum-*` field ("POST Object"); s3.py:5131 stores any bytes."""

import base64
import hashlib
from typing import Any, Final

from local.ministack_patches.s3_objects import CRCS, checksum

Response = tuple[int, dict[str, Any], Any]
PREFIX: Final = "x-amz-checksum-"

USES: Final = {"ministack.services.s3": ("_post_object", "_parse_multipart_form", "_error")}


def install() -> None:
    from ministack.services import s3

    post = s3._post_object

    def post_object(bucket: str, body: bytes, headers: dict[str, str]) -> Response:
        parts = s3._parse_multipart_form(headers.get("content-type", ""), body) or []
        fields = {name.lower(): value for name, _, _, value in parts}
        if (wrong := mismatch(fields)) is not None:
            text = f"The {wrong.upper()} you specified did not match the calculated checksum."
            refusal: Response = s3._error("BadDigest", text, 400)
            return refusal
        answer: Response = post(bucket, body, headers)
        return answer

    s3._post_object = post_object


def mismatch(fields: dict[str, bytes]) -> str | None:
    """Return the algorithm of a declared checksum that the `file` of a form does not have; None without one."""
    for name, declared in fields.items():
        algorithm = name.removeprefix(PREFIX)
        if algorithm == name or "file" not in fields:
            continue
        actual = _digest(algorithm, fields["file"])
        if actual is not None and actual != declared.decode(errors="replace"):
            return algorithm
    return None


def _digest(algorithm: str, data: bytes) -> str | None:
    if algorithm.upper() in CRCS:
        return checksum(algorithm.upper(), [data])
    if algorithm in ("sha1", "sha256"):
        return base64.b64encode(hashlib.new(algorithm, data).digest()).decode()
    return None
