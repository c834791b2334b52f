"""Presigned requests of S3 for label files and reports: a PUT of one exact length, a GET."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from foveal.aws import credentials
from foveal.aws.endpoints import Endpoint, bucket_endpoint
from foveal.aws.sigv4 import Signer
from foveal.database.stored_documents import ImportDocument
from foveal.encoding.instants import timestamp

SECONDS: Final = 3600
_CONTENT_TYPE: Final = "application/octet-stream"


def upload_tickets(bucket: str, import_: ImportDocument) -> list[dict[str, Any]]:
    """Return a presigned PUT for each file, in order: one key, one length, never over an object that is there."""
    now = datetime.now(UTC).replace(microsecond=0)
    signer, endpoint = (
        Signer(credentials.current(), credentials.region()),
        bucket_endpoint(bucket, credentials.region()),
    )
    headers = {"Content-Type": _CONTENT_TYPE, "If-None-Match": "*"}
    return [
        {
            "name": file["name"],
            "method": "PUT",
            "url": signer.presign(
                "PUT",
                endpoint,
                f"/{file['key']}",
                at=now,
                expires_in_seconds=SECONDS,
                headers={**headers, "Content-Length": str(file["size_bytes"])},
            ),
            "headers": headers,
            "expires_at": timestamp(now + timedelta(seconds=SECONDS)),
        }
        for file in import_["files"]
    ]


def _signer(bucket: str) -> tuple[Signer, Endpoint]:
    region = credentials.region()
    return Signer(credentials.current(), region), bucket_endpoint(bucket, region)


def download_url(bucket: str, key: str, file_name: str) -> str:
    """Return a presigned GET that saves the object under a name."""
    signer, endpoint = (
        Signer(credentials.current(), credentials.region()),
        bucket_endpoint(bucket, credentials.region()),
    )
    query = {"response-content-disposition": f'attachment; filename="{file_name}"'}
    now = datetime.now(UTC).replace(microsecond=0)
    return signer.presign("GET", endpoint, f"/{key}", at=now, expires_in_seconds=SECONDS, query=query)
