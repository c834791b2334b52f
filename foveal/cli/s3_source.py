"""A range source over boto3, with the caller's own credentials and AWS_ENDPOINT_URL."""

from __future__ import annotations

from typing import Any

from foveal.probe import SourceError

_REASONS = {
    "NoSuchKey": "not_found",
    "NoSuchBucket": "not_found",
    "NoSuchVersion": "not_found",
    "404": "not_found",
    "AccessDenied": "access_denied",
    "403": "access_denied",
    "InvalidObjectState": "access_denied",
}


class S3Source:
    """One object by its `s3://bucket/key` address; pinned by ETag from the first read on."""

    def __init__(self, address: str) -> None:
        bucket, _, key = address[len("s3://") :].partition("/")
        if not bucket or not key:
            raise SourceError("not_found", "an address of the form s3://bucket/key is needed")
        try:
            import boto3
        except ImportError:
            raise SourceError("unreachable", "reading s3:// needs boto3: pip install 'foveal[server]'") from None
        from botocore.exceptions import BotoCoreError

        try:
            self._client = boto3.client("s3")
        except BotoCoreError as error:
            raise SourceError("unreachable", type(error).__name__) from None
        self._request: dict[str, Any] = {"Bucket": bucket, "Key": key}
        self.size = -1

    def read(self, offset: int, length: int) -> bytes:
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            reply = self._client.get_object(**self._request, Range=f"bytes={offset}-{offset + length - 1}")
            data: bytes = reply["Body"].read(length)
        except ClientError as error:
            code = str(error.response.get("Error", {}).get("Code", ""))
            if code in ("InvalidRange", "416"):
                self.size = max(self.size, 0)
                return b""
            raise SourceError(_REASONS.get(code, "unreachable"), code or type(error).__name__) from None
        except (BotoCoreError, OSError) as error:
            raise SourceError("unreachable", type(error).__name__) from None
        self.size = int(reply["ContentRange"].rpartition("/")[2]) if "ContentRange" in reply else len(data)
        self._request["IfMatch"] = reply["ETag"]
        return data
