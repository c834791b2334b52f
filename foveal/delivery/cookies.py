"""Signed cookies: all derivatives and masks of a project, or of one asset, for a page with many pictures.

Originals are not among them. A cookie opens whatever lies below a prefix, as its uploader stored it: versions that
failed or that nobody judged, with the uploader's type, encoding and disposition. A signed URL is made for one version
that was found ready, and states its headers.

Each prefix gets cookies of its own, with `Path` and signed resource equal: a browser sends only the set that covers
the requested path, so cookies of several projects live side by side, and no wildcard stands in front of a project's
name. The API answers on the CDN's name too (`/v1/*`), which makes these cookies first-party there.
"""

import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Annotated, Final, NamedTuple
from urllib.parse import urlsplit

from pydantic import Field

from foveal.delivery.cloudfront_signer import COOKIE_NAMES, custom_policy, prefix_resource
from foveal.delivery.links import CdnLinks, Links
from foveal.encoding.ids import is_id
from foveal.errors import NoSuchAsset, Unprocessable
from foveal.stack_contract import DERIVED_PREFIX, MASKS_PREFIX, MEDIA_PREFIX
from foveal.validation.models import Model

PREFIXES: Final = (DERIVED_PREFIX, MASKS_PREFIX)
FORMER_PREFIXES: Final = (MEDIA_PREFIX,)
"""Prefixes for which earlier versions set cookies; a sign-out clears them too."""
MAX_SECONDS: Final = 12 * 3600
ATTRIBUTES: Final = "Secure; HttpOnly; SameSite=Lax"


class CookiesRequest(Model):
    """The body of a request for cookies: for a whole project, or for one asset of it."""

    asset_id: str | None = None
    expires_in_seconds: Annotated[int, Field(ge=60, le=MAX_SECONDS)] | None = None


class Grant(NamedTuple):
    """Covered prefixes, the end of the policy, and the `Set-Cookie` values."""

    prefixes: list[str]
    expires_at: datetime
    cookies: tuple[str, ...]


def grant(links: Links, project: str, request: CookiesRequest, ttl_seconds: int, page_origin: str | None) -> Grant:
    """Return the cookies for a project or one asset; `page_origin` is the header `Origin` of the request.

    Raises Unprocessable on a stage without a CDN and for a page to which a browser would not send them, NoSuchAsset
    for an invalid id.
    """
    if not isinstance(links, CdnLinks):
        raise Unprocessable("This stage hands media out without a CDN, so there are no cookies; ask for URLs.")
    if page_origin is not None and not may_be_same_site(page_origin, links.origin):
        raise Unprocessable(
            f"A browser sends no cookies of {links.origin} for a page at {page_origin}, which is another site: "
            "give page and CDN names under one domain (locally: 127.0.0.1 for both), or ask for URLs."
        )
    covered = prefixes(project, request.asset_id)
    expires_at = int(time.time()) + (request.expires_in_seconds or ttl_seconds)
    return Grant(covered, datetime.fromtimestamp(expires_at, UTC), tuple(signed(links, covered, expires_at)))


def may_be_same_site(one: str, other: str) -> bool:
    """Return False for two origins that are certainly of different sites (RFC 6265bis, section 5.2).

    Sites are registrable domains, which only the public suffix list tells; names whose last two labels differ have
    different ones. An address is a site of its own.
    """
    try:
        hosts = [urlsplit(origin).hostname or "" for origin in (one, other)]
    except ValueError:  # no page has such an origin
        return False
    if any(":" in host or host.rpartition(".")[2].isdecimal() for host in hosts):
        return hosts[0] == hosts[1]
    labels = [host.split(".")[-2:] for host in hosts]
    return labels[0] == labels[1]


def prefixes(project: str, asset_id: str | None, tops: Sequence[str] = PREFIXES) -> list[str]:
    """Return the prefixes that cookies cover, each ending in `/`. Raises NoSuchAsset for an invalid id."""
    if asset_id is None:
        return [f"{top}{project}/" for top in tops]
    if not is_id(asset_id):
        raise NoSuchAsset("There is no such asset.")
    return [f"{top}{project}/{asset_id}/" for top in tops]


def signed(links: CdnLinks, covered: list[str], expires_at: int) -> Iterator[str]:
    """Yield `Set-Cookie` values; without Max-Age they end with the browser, and at the latest with the policy."""
    for prefix in covered:
        policy = custom_policy(prefix_resource(links.origin, prefix), expires_at)
        for name, value in links.signer.cookies(policy).items():
            yield f"{name}={value}; Path=/{prefix}; {ATTRIBUTES}"


def cleared(project: str, asset_id: str | None) -> Iterator[str]:
    """Yield `Set-Cookie` values that remove the cookies from the browser. Raises NoSuchAsset for an invalid id."""
    for prefix in prefixes(project, asset_id, (*PREFIXES, *FORMER_PREFIXES)):
        for name in COOKIE_NAMES:
            yield f"{name}=; Path=/{prefix}; Max-Age=0; {ATTRIBUTES}"
