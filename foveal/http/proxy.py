"""HTTP proxies from the environment: `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY`, in upper or lower case."""

import base64
import os
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

DEFAULT_PORT = 80


class ProxyError(OSError):
    """A proxy that cannot be used; the text holds its host and port, never its credentials."""


class Proxy(NamedTuple):
    """An HTTP proxy; `authorization` is the value of `Proxy-Authorization`, None without credentials."""

    host: str
    port: int
    authorization: str | None = None

    def __repr__(self) -> str:
        return f"Proxy({self})"

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"

    @property
    def headers(self) -> dict[str, str]:
        return {"Proxy-Authorization": self.authorization} if self.authorization else {}


def find_proxy(scheme: str, host: str) -> Proxy | None:
    """Return the proxy for an origin, None for a direct connection.

    Variables have the meaning that `urllib.request` gives them. Raises ProxyError for a proxy URL that is not
    `http://[user:password@]host[:port]`.
    """
    if not any(name.lower().endswith("_proxy") for name in os.environ):
        return None
    # A function without a proxy does not pay for this import.
    from urllib.request import getproxies_environment, proxy_bypass

    proxies = getproxies_environment()
    if scheme not in proxies or proxy_bypass(host):
        return None
    return _parse(f"{scheme}_proxy", proxies[scheme])


def _parse(variable: str, url: str) -> Proxy:
    parts = urlsplit(url if "://" in url else f"http://{url}")
    try:
        port = parts.port or DEFAULT_PORT
    except ValueError:
        raise ProxyError(f"{variable}: the port of {parts.hostname} is not a number") from None
    if parts.scheme != "http" or not parts.hostname:
        raise ProxyError(f"{variable}: {parts.scheme}://{parts.hostname} is not an HTTP proxy")
    if parts.username is None:
        return Proxy(parts.hostname, port)
    credentials = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
    return Proxy(parts.hostname, port, f"Basic {base64.b64encode(credentials.encode()).decode()}")
