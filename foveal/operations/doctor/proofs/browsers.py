"""Proofs of what browsers may do: preflights of the bucket from the console, and sign-in at the issuer."""

import base64
import hashlib
import secrets
from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import urlsplit

from foveal.operations.doctor.findings import Finding, skipped, verdict
from foveal.operations.doctor.proofs.journey import Journey, picture

NO_CONSOLE: Final = "this stage has no console"


def prove_uploads(journey: Journey) -> Iterator[Finding]:
    """Yield whether pages of the console may upload to the bucket, and read ETag (Fetch, "CORS protocol")."""
    origin = _origin(journey)
    if origin is None:
        yield skipped(NO_CONSOLE)
        return
    ticket = journey.begin(picture(), "foveal-doctor-browser.png")
    asked = {"access-control-request-method": "PUT", "access-control-request-headers": "content-type"}
    answer = journey.deployment.http.options(ticket["url"], headers={"origin": origin, **asked})
    allowed = answer.headers.get("access-control-allow-origin")
    yield verdict(
        answer.status_code < 300 and allowed in (origin, "*"),
        "the console's pages may upload",
        f"the bucket answers a preflight of {origin} with {answer.status_code}, allowed origin {allowed}",
        "set allowed_origins of the stage, and deploy",
    )
    told = answer.headers.get("access-control-expose-headers", "")
    yield verdict(
        "etag" in told.lower(),
        "and read ETag",
        f"browsers may read {told or 'no header'} of the bucket, and need ETag for multipart uploads",
        "deploy the stage again: its CORS rules were changed",
    )


def prove_sign_in(journey: Journey) -> Iterator[Finding]:
    """Yield whether the issuer answers the console's pages: discovery, sign-in with PKCE, token endpoint."""
    http, origin = journey.deployment.http, _origin(journey)
    if origin is None:
        yield skipped(NO_CONSOLE)
        return
    home = journey.deployment.outputs["ConsoleUrl"].rstrip("/")
    settings = http.get(f"{home}/config.json").json()["sign_in"]
    discovery = http.get(settings["discovery_url"], headers={"origin": origin})
    yield _readable(discovery, origin, "the discovery document")
    endpoints: dict[str, Any] = discovery.json()
    challenge = base64.urlsafe_b64encode(hashlib.sha256(secrets.token_bytes(32)).digest()).rstrip(b"=").decode()
    page = http.get(
        endpoints["authorization_endpoint"],
        params={
            "response_type": "code",
            "client_id": settings["client_id"],
            "redirect_uri": f"{home}/callback",
            "scope": " ".join(settings["scopes"]),
            "state": secrets.token_urlsafe(8),
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        },
    )
    refusal = page.headers.get("location", "")
    yield verdict(
        page.status_code < 400 and "error" not in refusal,
        "the sign-in page opens",
        f"the sign-in page answers {page.status_code} {refusal}".rstrip(),
        f"the client {settings['client_id']} has to know the callback {home}/callback: deploy the stage again",
    )
    form = {"grant_type": "authorization_code", "client_id": settings["client_id"], "code": "none"}
    answer = http.post(endpoints["token_endpoint"], data=form, headers={"origin": origin})
    yield _readable(answer, origin, "the token endpoint")


def _origin(journey: Journey) -> str | None:
    url = urlsplit(journey.deployment.outputs.get("ConsoleUrl") or "")
    return f"{url.scheme}://{url.netloc}" if url.netloc else None


def _readable(answer: Any, origin: str, what: str) -> Finding:
    """Return whether a page of an origin may read an answer, also one that refuses what was asked."""
    allowed = answer.headers.get("access-control-allow-origin")
    return verdict(
        answer.status_code < 500 and allowed in (origin, "*"),
        f"{what} answers the console's pages",
        f"{what} answers {answer.status_code} with the allowed origin {allowed}: pages cannot read it",
        "allow the console's origin at the issuer",
    )
