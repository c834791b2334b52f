"""Signed cookies: everything below a project's prefixes, or below one asset's, for a page with many pictures.

Each prefix gets cookies of its own, with `Path` and signed resource equal: a browser sends only the set that covers
what it asks for, so cookies of several projects live side by side, and no wildcard stands in front of a project's
name. The API answers on the CDN's name too (`/v1/*`), which makes these cookies first-party there.
"""

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated, Final, NamedTuple

from pydantic import Field

from foveal.delivery.cloudfront_signer import COOKIE_NAMES, custom_policy, prefix_resource
from foveal.delivery.links import CdnLinks, Links
from foveal.errors import NoSuchAsset, Unprocessable
from foveal.ids import is_id
from foveal.validation.models import Model

PREFIXES: Final = ("derived", "media", "masks")
LONGEST_SECONDS: Final = 12 * 3600
ATTRIBUTES: Final = "Secure; HttpOnly; SameSite=Lax"


class CookiesRequest(Model):
    """The body of a request for cookies: for a whole project, or for one asset of it."""

    asset_id: str | None = None
    expires_in_seconds: Annotated[int, Field(ge=60, le=LONGEST_SECONDS)] | None = None


class Grant(NamedTuple):
    """Covered prefixes, the end of the policy, and the `Set-Cookie` values."""

    prefixes: list[str]
    expires_at: datetime
    cookies: tuple[str, ...]


def grant(links: Links, project: str, wanted: CookiesRequest, ttl_seconds: int) -> Grant:
    """Return the cookies for a project or one asset.

    Raises Unprocessable on a stage without a CDN, NoSuchAsset for what is not an id.
    """
    if not isinstance(links, CdnLinks):
        raise Unprocessable("This stage hands media out without a CDN, so there are no cookies; ask for URLs.")
    covered = prefixes(project, wanted.asset_id)
    expires_at = int(time.time()) + (wanted.expires_in_seconds or ttl_seconds)
    return Grant(covered, datetime.fromtimestamp(expires_at, UTC), tuple(signed(links, covered, expires_at)))


def prefixes(project: str, asset_id: str | None) -> list[str]:
    """Return the prefixes that cookies cover, each ending in `/`. Raises NoSuchAsset for what is not an id."""
    if asset_id is None:
        return [f"{prefix}/{project}/" for prefix in PREFIXES]
    if not is_id(asset_id):
        raise NoSuchAsset("There is no such asset.")
    return [f"{prefix}/{project}/{asset_id}/" for prefix in PREFIXES]


def signed(links: CdnLinks, covered: list[str], expires_at: int) -> Iterator[str]:
    """Yield `Set-Cookie` values; without Max-Age they end with the browser, and at the latest with the policy."""
    for prefix in covered:
        policy = custom_policy(prefix_resource(links.origin, prefix), expires_at)
        for name, value in links.signer.cookies(policy).items():
            yield f"{name}={value}; Path=/{prefix}; {ATTRIBUTES}"


def cleared(covered: list[str]) -> Iterator[str]:
    """Yield `Set-Cookie` values that remove the cookies from the browser."""
    for prefix in covered:
        for name in COOKIE_NAMES:
            yield f"{name}=; Path=/{prefix}; Max-Age=0; {ATTRIBUTES}"
