"""Presigned requests: every `x-amz-*` header has to be signed (S3 API reference, "Authenticating Requests: Using Query
Parameters"). s3.py:2349 verifies the signed ones and lets others through, tags and storage class among them.
"""

from collections.abc import Mapping
from typing import Any, Final

Response = tuple[int, dict[str, Any], Any]

USES: Final = {"ministack.services.s3": ("_verify_presigned_sigv4", "_qp", "_error")}


def install() -> None:
    from ministack.services import s3

    verify = s3._verify_presigned_sigv4

    def verify_presigned_sigv4(
        method: str, path: str, headers: dict[str, str], query: dict[str, list[str]]
    ) -> Response | None:
        refusal: Response | None = verify(method, path, headers, query)
        if refusal is None and s3._qp(query, "X-Amz-Signature", ""):
            unsigned = unsigned_headers(headers, s3._qp(query, "X-Amz-SignedHeaders", ""))
            if unsigned:
                text = "There were headers present in the request which were not signed"
                refusal = s3._error("AccessDenied", f"{text}: {', '.join(unsigned)}", 403, path)
        return refusal

    s3._verify_presigned_sigv4 = verify_presigned_sigv4


def unsigned_headers(headers: Mapping[str, str], signed: str) -> list[str]:
    """Return the names of headers that a presigned request must sign and does not."""
    names = set(signed.lower().split(";"))
    return sorted(name for name in map(str.lower, headers) if name.startswith("x-amz-") and name not in names)
