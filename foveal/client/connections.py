"""Connections for the bytes of media: `http.client` over sockets with time limits, through the proxy that is set."""

import base64
import http.client
import ssl
import urllib.request
from urllib.parse import unquote_to_bytes, urlsplit

CONNECT_SECONDS, STALL_SECONDS = 5.0, 30.0


def connect(scheme: str, netloc: str, tls: ssl.SSLContext | None = None) -> http.client.HTTPConnection:
    """Return an open connection to a host, through the proxy of `HTTPS_PROXY` unless `NO_PROXY` names the host.

    Each of its operations ends after STALL_SECONDS without a byte. Raises OSError or http.client.HTTPException if the
    host or its proxy cannot be reached.
    """
    host = urlsplit(f"//{netloc}").hostname or ""
    proxy = urllib.request.getproxies().get(scheme)
    is_proxied = scheme == "https" and proxy is not None and not urllib.request.proxy_bypass(host)
    if scheme == "https":
        address, credentials = _proxy_of(str(proxy)) if is_proxied else (netloc, {})
        context = tls or ssl.create_default_context()
        secure = http.client.HTTPSConnection(address, timeout=CONNECT_SECONDS, context=context)
        if is_proxied:
            secure.set_tunnel(netloc, headers=credentials)
        connection: http.client.HTTPConnection = secure
    else:
        connection = http.client.HTTPConnection(netloc, timeout=CONNECT_SECONDS)
    connection.connect()
    connection.sock.settimeout(STALL_SECONDS)
    return connection


def _proxy_of(address: str) -> tuple[str, dict[str, str]]:
    """Return host and port of a proxy, and the header with the credentials in its address (RFC 7617)."""
    userinfo, _, host = urlsplit(address if "//" in address else f"//{address}").netloc.rpartition("@")
    basic = base64.b64encode(unquote_to_bytes(userinfo)).decode()
    return host, {"proxy-authorization": f"Basic {basic}"} if userinfo else {}
