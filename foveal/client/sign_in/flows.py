"""Flows of a sign-in: authorization code with PKCE (RFC 7636), device code (RFC 8628), revocation (RFC 7009)."""

import base64
import hashlib
import secrets
import time
from collections.abc import Callable
from typing import Any, Final
from urllib.parse import urlencode

import httpx2

from foveal.client.errors import NetworkError, SignInError
from foveal.client.sign_in.issuer import Issuer, refusal, send
from foveal.client.sign_in.loopback import LoopbackServer
from foveal.client.sign_in.tokens import StoredTokens

MAX_SIGN_IN_SECONDS: Final = 300.0
DEVICE_GRANT: Final = "urn:ietf:params:oauth:grant-type:device_code"
DEFAULT_INTERVAL_SECONDS: Final = 5.0
SLOW_DOWN_SECONDS: Final = 5.0
MAX_INTERVAL_SECONDS: Final = 60.0


def sign_in_with_browser(
    http: httpx2.Client, issuer: Issuer, show: Callable[[str], None], seconds: float = MAX_SIGN_IN_SECONDS
) -> StoredTokens:
    """Return the tokens of a person who signs in on the issuer's page; `show` gets its address.

    Raises SignInError, NetworkError, APIError.
    """
    verifier, state = secrets.token_urlsafe(64), secrets.token_urlsafe(32)
    with LoopbackServer(issuer.redirect_uris, state) as server:
        query = {
            "response_type": "code",
            "client_id": issuer.client_id,
            "redirect_uri": server.redirect_uri,
            "scope": " ".join(issuer.scopes),
            "state": state,
            "code_challenge": code_challenge(verifier),
            "code_challenge_method": "S256",
        }
        separator = "&" if "?" in issuer.authorization_url else "?"
        show(f"{issuer.authorization_url}{separator}{urlencode(query)}")
        code = server.wait(seconds)
    form = {
        "grant_type": "authorization_code",
        "client_id": issuer.client_id,
        "redirect_uri": server.redirect_uri,
        "code": code,
        "code_verifier": verifier,
    }
    response = send(http, "POST", issuer.token_url, form)
    if response.status_code != httpx2.codes.OK:
        raise SignInError(f"The issuer gave no token: {refusal(response)[1]}. Run `foveal login` again.")
    return _tokens(response)


def code_challenge(verifier: str) -> str:
    """Return the S256 challenge of a verifier (RFC 7636, 4.2)."""
    digest = hashlib.sha256(verifier.encode("ascii")).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def sign_in_with_code(
    http: httpx2.Client,
    issuer: Issuer,
    show: Callable[[str, str], None],
    sleep: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> StoredTokens:
    """Return the tokens of a person who signs in on another device; `show` gets an address and the code to enter there.

    Raises SignInError where the issuer has no device codes, refuses, or the code expires; NetworkError, APIError.
    """
    if issuer.device_url is None:
        raise SignInError(f"The issuer {issuer.issuer} has no device codes: run `foveal login` without --device.")
    form = {"client_id": issuer.client_id, "scope": " ".join(issuer.scopes)}
    response = send(http, "POST", issuer.device_url, form)
    if response.status_code != httpx2.codes.OK:
        raise SignInError(f"The issuer gave no device code: {refusal(response)[1]}.")
    device = _members(response, "device_code", "user_code", "verification_uri", "expires_in")
    show(str(device.get("verification_uri_complete") or device["verification_uri"]), str(device["user_code"]))
    ask = {"grant_type": DEVICE_GRANT, "client_id": issuer.client_id, "device_code": str(device["device_code"])}
    interval = float(device.get("interval") or DEFAULT_INTERVAL_SECONDS)
    end = clock() + float(device["expires_in"])
    while clock() + interval < end:
        sleep(interval)
        try:
            answer = send(http, "POST", issuer.token_url, ask)
        except NetworkError:  # back off (RFC 8628, 3.5)
            interval = min(MAX_INTERVAL_SECONDS, interval * 2)
            continue
        if answer.status_code == httpx2.codes.OK:
            return _tokens(answer)
        error, sentence = refusal(answer)
        if error == "slow_down":
            interval += SLOW_DOWN_SECONDS
        elif error == "expired_token":
            break
        elif error != "authorization_pending":
            raise SignInError(f"The issuer refused the sign-in: {sentence}.")
    raise SignInError("The code has expired: run `foveal login --device` again.")


def revoke(http: httpx2.Client, url: str, client_id: str, refresh_token: str) -> None:
    """Revoke a refresh token, and with it the sign-in. Raises SignInError if the issuer refuses, NetworkError."""
    form = {"token": refresh_token, "token_type_hint": "refresh_token", "client_id": client_id}
    response = send(http, "POST", url, form)
    if response.status_code != httpx2.codes.OK:
        raise SignInError(f"{url} did not revoke the sign-in (HTTP {response.status_code}).")


def _tokens(response: httpx2.Response) -> StoredTokens:
    return StoredTokens.from_answer(_members(response, "access_token"), time.time())


def _members(response: httpx2.Response, *names: str) -> dict[str, Any]:
    """Return a JSON object that has these members; its text is repeated in no error, since it may hold a token."""
    try:
        found: dict[str, Any] = response.json()
        if all(found[name] for name in names):
            return found
    except (ValueError, KeyError, TypeError):
        pass
    raise SignInError(f"{response.request.url} gave an answer without {', '.join(names)}.")
