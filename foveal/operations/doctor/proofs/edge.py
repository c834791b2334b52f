"""Proofs of delivery: a signed URL opens the very bytes, no other does, and the edge adds and removes headers."""

from collections.abc import Iterator
from typing import Final

from foveal.operations.doctor.findings import Finding, skipped, verdict
from foveal.operations.doctor.proofs.journey import Journey

HIDDEN: Final = ("x-amz-meta-", "content-language", "expires")
ORIGIN: Final = {"origin": "https://foveal-doctor.example"}


def prove(journey: Journey) -> Iterator[Finding]:
    """Yield whether a signed URL opens with the given name, whether others are closed, and what its headers tell."""
    http, size = journey.deployment.http, journey.picture()["size_bytes"]
    url = journey.url(disposition="attachment")
    answer = http.get(url)
    yield verdict(
        answer.status_code == 200 and len(answer.content) == size,
        "the bytes are there",
        f"a signed URL answers {answer.status_code}",
        "rotate the signing key (foveal rotate-signing-key), or deploy the stage again",
    )
    name = answer.headers.get("content-disposition", "")
    yield verdict(
        "foveal-doctor" in name, "under its name", f"content-disposition is {name!r}", "look at the edge's rules"
    )
    telling = [each for each in answer.headers if each.lower().startswith(HIDDEN)]
    yield verdict(
        not telling,
        "no metadata in its headers",
        f"headers tell {', '.join(telling)}",
        "the response headers policy does not remove them: deploy the stage again",
    )
    without = http.get(url.partition("?")[0]).status_code
    other = http.get(
        url.replace("Signature=", "Signature=A").replace("X-Amz-Signature=", "X-Amz-Signature=0")
    ).status_code
    yield verdict(
        without in (401, 403) and other in (400, 401, 403),
        "closed without its signature",
        f"without a signature it answers {without}, with another {other}",
        "the behaviour has no trusted key group: deploy the stage again",
    )


def prove_cache(journey: Journey) -> Iterator[Finding]:
    """Yield whether the edge keeps what it delivered, offers HTTP/3, and tells caches that answers differ by origin."""
    deployment = journey.deployment
    if deployment.is_local or deployment.cdn_url is None:
        yield skipped("there is no edge of CloudFront")
        return
    url = journey.url()
    deployment.http.get(url)
    again, foreign = deployment.http.get(url), deployment.http.get(url, headers=ORIGIN)
    cached = again.headers.get("x-cache", "")
    yield verdict("Hit" in cached, "kept by the edge", f"x-cache is {cached!r}", "look at the cache policy of media/*")
    offers = again.headers.get("alt-svc", "")
    yield verdict("h3" in offers, "HTTP/3 is offered", f"alt-svc is {offers!r}", "set http_version of the distribution")
    varies = foreign.headers.get("vary", "")
    yield verdict(
        "origin" in varies.lower(), "varies by origin", f"vary is {varies!r}", "look at the CORS headers policy"
    )
