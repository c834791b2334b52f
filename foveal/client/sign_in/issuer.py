"""Issuer of an API: its endpoints, found by the API's client configuration and OpenID Connect Discovery."""

import ipaddress
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

import httpx2

from foveal.client.calls import result
from foveal.client.errors import APIError, ConfigurationError, NetworkError, SignInError

TIMEOUT_SECONDS: Final = 30.0


@dataclass(frozen=True, slots=True)
class Issuer:
    """An authorization server and our client there; the last two endpoints are None where it names none."""

    issuer: str
    client_id: str
    scopes: tuple[str, ...]
    redirect_uris: tuple[str, ...]
    authorization_url: str
    token_url: str
    revocation_url: str | None
    device_url: str | None


def find_issuer(http: httpx2.Client, api_url: str) -> Issuer:
    """Return the issuer of an API.

    Raises ConfigurationError for an address that cannot be one, SignInError where the API names no client for native
    apps or its issuer cannot be trusted, NetworkError, APIError.
    """
    require_protected(api_url)
    found = fetch(http, f"{api_url}/v1/client-config")
    sign_in = found.get("sign_in") if isinstance(found, dict) else None
    if not sign_in:
        raise SignInError(
            f"{api_url} names no client to sign in with: ask for auth.native_client_id in its stage (docs/access.md), "
            "or set FOVEAL_TOKEN."
        )
    require_protected(sign_in["discovery_url"])
    document = fetch(http, sign_in["discovery_url"])
    if not isinstance(document, dict) or document.get("issuer") != sign_in["issuer"]:
        raise SignInError(f"{sign_in['discovery_url']} is not the document of the issuer {sign_in['issuer']}.")
    return Issuer(
        sign_in["issuer"],
        sign_in["client_id"],
        tuple(sign_in["scopes"]),
        tuple(sign_in["redirect_uris"]),
        _endpoint(document, "authorization_endpoint"),
        _endpoint(document, "token_endpoint"),
        _optional_endpoint(document, "revocation_endpoint"),
        _optional_endpoint(document, "device_authorization_endpoint"),
    )


def fetch(http: httpx2.Client, url: str) -> Any:
    """Return the JSON values at an address. Raises NetworkError, APIError."""
    response = send(http, "GET", url)
    return result(response.status_code, response.headers, response.content, is_redirected=False)


def send(http: httpx2.Client, method: str, url: str, form: dict[str, str] | None = None) -> httpx2.Response:
    """Return the response to a request with a form. Raises NetworkError."""
    try:
        return http.request(method, url, data=form, timeout=TIMEOUT_SECONDS)
    except httpx2.TransportError as error:
        raise NetworkError(f"{method} {url}: {error or type(error).__name__}") from error


def refusal(response: httpx2.Response) -> tuple[str, str]:
    """Return the error code of an OAuth answer and a sentence about it (RFC 6749, 5.2); its body is not repeated."""
    try:
        members = response.json()
        code = str(members["error"])
        return code, str(members.get("error_description") or code)
    except (ValueError, KeyError, TypeError):
        raise APIError(
            f"HTTP{response.status_code}", response.status_code, f"{response.request.url} gave no token.", {}
        ) from None


def require_protected(url: str) -> None:
    """Raise ConfigurationError unless an address is https, or http on this machine: tokens go there."""
    parts = urlsplit(url)
    if parts.scheme == "https" and parts.hostname:
        return
    if parts.scheme == "http" and _is_loopback(parts.hostname or ""):
        return
    raise ConfigurationError(f"{url}: an address begins with https:// (http:// only on this machine).")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _endpoint(document: dict[str, Any], name: str) -> str:
    found = _optional_endpoint(document, name)
    if found is None:
        raise SignInError(f"The issuer {document['issuer']} names no {name}.")
    return found


def _optional_endpoint(document: dict[str, Any], name: str) -> str | None:
    found = document.get(name)
    if found is None:
        return None
    require_protected(str(found))
    return str(found)
