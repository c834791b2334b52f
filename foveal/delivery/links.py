"""Signed URLs of addresses: of CloudFront, or of S3 on a stage without a CDN."""

import functools
import time
from datetime import UTC, datetime
from typing import Final, Protocol

from foveal.aws import credentials, secrets, sigv4
from foveal.aws.endpoints import bucket_endpoint
from foveal.delivery import cloudfront_signer
from foveal.delivery.addresses import Address
from foveal.objects.buckets import Buckets
from foveal.settings import DownloadsSettings

MAX_PRESIGNED_SECONDS: Final = 7 * 24 * 3600
UPLOADER_HEADERS: Final = {
    "response-content-language": "und",
    "response-expires": "Thu, 31 Dec 2099 23:59:59 GMT",
}
"""Response headers that S3 would send as the uploader stored them, and that the CDN removes: no language is known
(RFC 5646, "und"); `Cache-Control` comes before `Expires` (RFC 9111, 5.3)."""
MAX_REMEMBERED: Final = 8_192  # about 1 KiB each


class Links(Protocol):
    """Maker of URLs."""

    def url(self, address: Address, expires_at: int) -> str:
        """Return a URL that opens the address until `expires_at` (Unix seconds)."""


class CdnLinks:
    """URLs of the CDN, signed with a canned policy.

    All callers get the same URL within a window, so the latest URLs are remembered: a popular object is signed once in
    each window. Access is checked before.
    """

    def __init__(self, origin: str, signer: cloudfront_signer.Signer) -> None:
        self.origin, self.signer = origin, signer
        self._remembered = functools.lru_cache(MAX_REMEMBERED)(self._signed)

    def url(self, address: Address, expires_at: int) -> str:
        return self._remembered(address, expires_at)

    def _signed(self, address: Address, expires_at: int) -> str:
        return self.signer.url(self.origin + address.path_and_query(), expires_at)


class BucketLinks:
    """Presigned GETs of S3, for a stack without CDN; they end with the credentials that sign them, if sooner."""

    def __init__(self, bucket: str, window_seconds: int) -> None:
        self._region, self._window_seconds = credentials.region(), window_seconds
        self._endpoint = bucket_endpoint(bucket, self._region)

    def url(self, address: Address, expires_at: int) -> str:
        """Return a URL dated at the start of the window, so that all callers within it get the same text."""
        now = int(time.time())
        dated = now - now % self._window_seconds
        signer = sigv4.Signer(credentials.current(), self._region)
        return signer.presign(
            "GET",
            self._endpoint,
            f"/{address.key}",
            at=datetime.fromtimestamp(dated, UTC),
            expires_in_seconds=min(MAX_PRESIGNED_SECONDS, expires_at - dated),
            query={**UPLOADER_HEADERS, **dict(address.query)} if address.query else {},
        )


class ImportedLinks:
    """Presigned GETs of objects in buckets that a stage imports from: no distribution has them as its origin."""

    def __init__(self, buckets: Buckets, window_seconds: int) -> None:
        self._buckets, self._window_seconds = buckets, window_seconds

    def url(self, address: Address, expires_at: int) -> str:
        """Return a URL dated at the start of the window. Raises Unprocessable for a bucket that is not read."""
        assert address.bucket is not None
        now = int(time.time())
        dated = now - now % self._window_seconds
        return self._buckets.readable(address.bucket, address.key).presigned_get(
            address.key,
            {**UPLOADER_HEADERS, **dict(address.query)},
            at=datetime.fromtimestamp(dated, UTC),
            expires_in_seconds=min(MAX_PRESIGNED_SECONDS, expires_at - dated),
        )


def shared_expiry(ttl_seconds: int, window_seconds: int, now: float | None = None) -> int:
    """Return an expiry (Unix seconds) that is the same for all callers within a window.

    The URL lives for at least `ttl_seconds` and at most one window longer, so it is the same text for all of them
    and their browsers and the CDN recognise it. A short life keeps a short window: none lives more than twice as
    long as asked.
    """
    window = max(1, min(window_seconds, ttl_seconds))
    earliest = int(time.time() if now is None else now) + ttl_seconds
    return -(-earliest // window) * window


@functools.lru_cache(maxsize=1)
def links(settings: DownloadsSettings) -> Links:
    """Return the maker of URLs; the private key is read once for an execution environment."""
    if settings.cdn_url is None:
        return BucketLinks(settings.bucket, settings.url_window_seconds)
    private_key = secrets.get_secret(settings.signing_key_secret_arn)
    return CdnLinks(settings.cdn_url.rstrip("/"), cloudfront_signer.Signer(settings.signing_key_id, private_key))
