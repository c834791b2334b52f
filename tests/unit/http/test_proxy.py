"""Proxies from the environment, and requests through a real proxy on loopback."""

import base64
import os
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest

from foveal.aws.errors import Unreachable
from foveal.aws.retries import send_with_retries
from foveal.http import pool as pools
from foveal.http.concurrent_requests import send_concurrently
from foveal.http.pool import ConnectionPool
from foveal.http.protocol import HttpRequest
from foveal.http.proxy import Proxy, ProxyError, find_proxy
from tests.unit.aws.canned_server import Server, certificate, server_tls

GET = HttpRequest("GET", "/key?x=1", {})
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
PASSWORD = "pass:word%"
CREDENTIALS = "robot:pass%3Aword%25"
AUTHORIZATION = f"Basic {base64.b64encode(f'robot:{PASSWORD}'.encode()).decode()}"


class LoopbackProxy:
    """A proxy that opens tunnels and forwards plain requests, for one client at a time; refuses with `status`."""

    def __init__(self, status: int = 200) -> None:
        self._status = status
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.host = f"127.0.0.1:{self._listener.getsockname()[1]}"
        self.heads: list[list[str]] = []
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        self._listener.close()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                with client, suppress(OSError):
                    self._forward(client)

    def _forward(self, client: socket.socket) -> None:
        data = client.recv(65536)
        lines = data.decode().split("\r\n")
        self.heads.append(lines)
        if self._status != 200:
            client.sendall(b"HTTP/1.1 %d Refused\r\nContent-Length: 4\r\n\r\nbody" % self._status)
            return
        method, target, _ = lines[0].split(" ")
        authority = target if method == "CONNECT" else target.removeprefix("http://").partition("/")[0]
        name, _, port = authority.rpartition(":")
        with socket.create_connection((name, int(port)), 5) as server:
            if method == "CONNECT":
                client.sendall(b"HTTP/1.1 200 Connection established\r\nVia: test\r\n\r\n")
            else:
                server.sendall(data)
            threading.Thread(target=_copy, args=(client, server), daemon=True).start()
            _copy(server, client)


def _copy(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in [each for each in os.environ if each.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)
    pools._tls.cache_clear()
    yield
    pools._tls.cache_clear()


@pytest.mark.parametrize("name", ["HTTPS_PROXY", "https_proxy"])
@pytest.mark.parametrize(
    ("url", "proxy"),
    [
        ("http://proxy.corp:3128", Proxy("proxy.corp", 3128)),
        ("proxy.corp:3128", Proxy("proxy.corp", 3128)),
        ("http://proxy.corp", Proxy("proxy.corp", 80)),
        ("http://[::1]:3128/", Proxy("::1", 3128)),
        (f"http://{CREDENTIALS}@proxy.corp:3128", Proxy("proxy.corp", 3128, AUTHORIZATION)),
    ],
)
def test_proxy_is_found_when_the_environment_names_one(
    monkeypatch: pytest.MonkeyPatch, name: str, url: str, proxy: Proxy
) -> None:
    monkeypatch.setenv(name, url)
    assert find_proxy("https", "s3.eu-west-1.amazonaws.com") == proxy
    assert find_proxy("http", "s3.eu-west-1.amazonaws.com") is None


@pytest.mark.parametrize(
    ("no_proxy", "host", "is_direct"),
    [
        ("", "127.0.0.1:4566", False),
        ("127.0.0.1,localhost", "127.0.0.1:4566", True),
        ("amazonaws.com", "s3.eu-west-1.amazonaws.com", True),
        (".amazonaws.com", "s3.eu-west-1.amazonaws.com", True),
        ("aws.com", "s3.eu-west-1.amazonaws.com", False),
        ("*", "s3.eu-west-1.amazonaws.com", True),
    ],
)
@pytest.mark.parametrize("name", ["NO_PROXY", "no_proxy"])
def test_proxy_is_not_used_when_no_proxy_names_the_host(
    monkeypatch: pytest.MonkeyPatch, name: str, no_proxy: str, host: str, is_direct: bool
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.corp:3128")
    monkeypatch.setenv(name, no_proxy)
    assert (find_proxy("http", host) is None) is is_direct


@pytest.mark.parametrize(
    "url", ["socks5://u:secret@proxy.corp:1", "https://u:secret@proxy.corp", "http://u:secret@proxy.corp:x"]
)
def test_proxy_error_hides_the_password_when_the_url_is_not_an_http_proxy(
    monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", url)
    with pytest.raises(ProxyError, match=r"https_proxy: .*proxy\.corp") as raised:
        find_proxy("https", "host")
    assert "secret" not in f"{raised.value!r}{raised.value}"


def test_proxy_hides_its_credentials_when_it_is_printed() -> None:
    proxy = Proxy("proxy.corp", 3128, AUTHORIZATION)
    assert f"{proxy} {proxy!r}" == "proxy.corp:3128 Proxy(proxy.corp:3128)"


def test_tunnel_leads_to_a_verified_server_when_the_endpoint_is_https(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = certificate(tmp_path, "127.0.0.1")
    monkeypatch.setenv("AWS_CA_BUNDLE", str(path))
    with closing(Server(OK, OK, tls=server_tls(path))) as server, closing(LoopbackProxy()) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://{CREDENTIALS}@{proxy.host}")
        pool = ConnectionPool("https", server.host)
        assert [pool.send(GET).body for _ in range(2)] == [b"ok", b"ok"]
    ((start, *headers),) = proxy.heads
    assert start == f"CONNECT {server.host} HTTP/1.1"
    assert f"Host: {server.host}" in headers
    assert f"Proxy-Authorization: {AUTHORIZATION}" in headers
    assert server.requests[0].startswith(b"GET /key?x=1 HTTP/1.1\r\n")
    assert b"Proxy-Authorization" not in server.requests[0]


def test_tunnel_does_not_weaken_tls_when_the_server_is_not_trusted(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    tls = server_tls(certificate(tmp_path, "127.0.0.1"))
    with closing(Server(OK, tls=tls)) as server, closing(LoopbackProxy()) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://{proxy.host}")
        with pytest.raises(ssl.SSLCertVerificationError):
            ConnectionPool("https", server.host).send(GET)
        assert len(proxy.heads) == 1


def test_request_has_an_absolute_target_when_the_endpoint_is_plain_http(monkeypatch: pytest.MonkeyPatch) -> None:
    with closing(Server(OK)) as server, closing(LoopbackProxy()) as proxy:
        monkeypatch.setenv("http_proxy", f"http://{CREDENTIALS}@{proxy.host}")
        assert ConnectionPool("http", server.host).send(GET).body == b"ok"
    ((start, *headers),) = proxy.heads
    assert start == f"GET http://{server.host}/key?x=1 HTTP/1.1"
    assert f"Proxy-Authorization: {AUTHORIZATION}" in headers


def test_loopback_is_reached_directly_when_no_proxy_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    with closing(Server(OK)) as server, closing(LoopbackProxy()) as proxy:
        monkeypatch.setenv("HTTP_PROXY", f"http://{proxy.host}")
        monkeypatch.setenv("NO_PROXY", "localhost,127.0.0.1")
        assert ConnectionPool("http", server.host).send(GET).body == b"ok"
    assert proxy.heads == []


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_error_names_the_proxy_and_hides_the_password_when_the_proxy_refuses(
    monkeypatch: pytest.MonkeyPatch, scheme: str
) -> None:
    with closing(LoopbackProxy(status=407)) as proxy:
        monkeypatch.setenv(f"{scheme}_proxy", f"http://{CREDENTIALS}@{proxy.host}")
        pool = ConnectionPool(scheme, "s3.example")
        with pytest.raises(Unreachable, match=f"{proxy.host} answered 407") as raised:
            send_with_retries("GetObject", pool, lambda: GET, lambda _: "", lambda _: None)
    told = f"{raised.value!r} {raised.value} {raised.value.__cause__} {raised.value.__context__!r}"
    assert not any(secret in told for secret in (PASSWORD, CREDENTIALS, AUTHORIZATION, "robot"))


def test_error_names_the_proxy_when_it_cannot_be_reached(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        host = f"127.0.0.1:{unused.getsockname()[1]}"
        monkeypatch.setenv("HTTPS_PROXY", f"http://{CREDENTIALS}@{host}")
        with pytest.raises(ProxyError, match=f"no connection to the proxy {host}: ConnectionRefusedError"):
            ConnectionPool("https", "s3.example").send(GET)


def test_error_names_the_proxy_when_it_does_not_speak_http(monkeypatch: pytest.MonkeyPatch) -> None:
    with closing(Server(b"SSH-2.0-OpenSSH\r\n\r\n")) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://{proxy.host}")
        with pytest.raises(ProxyError, match=f"no answer of the proxy {proxy.host} to CONNECT: InvalidResponse"):
            ConnectionPool("https", "s3.example").send(GET)


def test_concurrent_requests_ask_a_proxy_once_when_it_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    with closing(LoopbackProxy(status=403)) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://{proxy.host}")
        assert list(send_concurrently(ConnectionPool("https", "s3.example"), [GET] * 20, 60, 100)) == [None] * 20
        assert len(proxy.heads) == 1
