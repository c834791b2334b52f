"""Turns addresses into URLs that open for a while: by CloudFront, or by S3 where there is no CDN."""

import functools
import time
from typing import Protocol

from foveal.aws import secrets
from foveal.delivery.addresses import Address
from foveal.settings import DownloadsSettings
from foveal.signing.cloudfront import Signer


class Links(Protocol):
    """Makes URLs for addresses."""

    def url(self, address: Address, expires_at: int) -> str:
        """Return a URL that opens the address until `expires_at` (Unix seconds)."""


class CdnLinks:
    """URLs of the CDN, signed with a canned policy."""

    def __init__(self, origin: str, signer: Signer) -> None:
        self.origin, self.signer = origin, signer

    def url(self, address: Address, expires_at: int) -> str:
        return self.signer.url(self.origin + address.path_and_query(), expires_at)


def shared_expiry(ttl_seconds: int, window_seconds: int, now: float | None = None) -> int:
    """Return an expiry (Unix seconds) that everybody gets who asks within the same window.

    The URL lives for at least `ttl_seconds` and at most one window longer, so it is the same text for all of them
    and their browsers and the CDN recognise it. A short life keeps a short window: never more than half of it.
    """
    window = max(1, min(window_seconds, ttl_seconds // 2))
    earliest = int(time.time() if now is None else now) + ttl_seconds
    return -(-earliest // window) * window


@functools.lru_cache(maxsize=1)
def links(settings: DownloadsSettings) -> Links:
    """Return the maker of URLs; the private key is read once for an execution environment."""
    private_key = secrets.get_secret(settings.signing_key_secret_arn)
    return CdnLinks(settings.cdn_url.rstrip("/"), Signer(settings.signing_key_id, private_key))
