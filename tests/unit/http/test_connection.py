"""Connections over real sockets: reuse, TLS, timeouts, servers that close."""

import ssl
import time
from contextlib import closing
from pathlib import Path

import pytest

from foveal.http.connection import Connection
from foveal.http.pool import ConnectionPool
from foveal.http.protocol import HttpRequest, HttpResponse, InvalidResponse
from tests.unit.aws.canned_server import Server, certificate, server_tls

GET = HttpRequest("GET", "/bucket/key?x=1", {"Range": "bytes=0-9"})
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


def connect(server: Server, tls: ssl.SSLContext | None = None) -> Connection:
    return Connection(server.host, tls=tls, connect_timeout_seconds=5, read_timeout_seconds=5)


def exchange(connection: Connection, request: HttpRequest) -> HttpResponse:
    connection.send(request)
    return connection.receive(request.method)


def test_connection_is_reused_when_responses_have_no_body() -> None:
    responses = (b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n", b"HTTP/1.1 204 No Content\r\n\r\n", OK)
    with closing(Server(*responses)) as server, closing(connect(server)) as connection:
        head = exchange(connection, HttpRequest("HEAD", "/", {}))
        assert (head.status, head.headers["content-length"], head.body) == (200, "99", b"")
        assert exchange(connection, HttpRequest("DELETE", "/", {})).status == 204
        assert exchange(connection, GET).body == b"ok"
        assert connection.is_reusable
        assert server.connections == 1
    assert server.requests[2].startswith(b"GET /bucket/key?x=1 HTTP/1.1\r\nHost: " + server.host.encode())


def test_connection_error_is_raised_when_the_server_closes_without_a_response() -> None:
    with closing(Server(b"")) as server, closing(connect(server)) as connection, pytest.raises(ConnectionError):
        exchange(connection, GET)


def test_invalid_response_is_raised_when_the_server_closes_within_a_response() -> None:
    server = Server(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort", closes=True)
    with closing(server), closing(connect(server)) as connection, pytest.raises(InvalidResponse):
        exchange(connection, GET)


def test_timeout_is_raised_when_a_response_does_not_arrive_in_time() -> None:
    server = Server(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort", OK)  # then it waits for another request
    with closing(server), closing(connect(server)) as connection:
        connection.send(GET)
        started = time.monotonic()
        with pytest.raises(TimeoutError):
            connection.receive("GET", timeout_seconds=0.2)
        assert time.monotonic() - started < 4


def test_timeout_is_raised_when_the_time_is_over_already() -> None:
    with closing(Server(OK)) as server, closing(connect(server)) as connection:
        connection.send(GET)
        with pytest.raises(TimeoutError, match="in time"):
            connection.receive("GET", timeout_seconds=0)


def test_response_is_refused_when_it_is_longer_than_allowed() -> None:
    with closing(Server(OK)) as server, closing(connect(server)) as connection:
        connection.send(GET)
        with pytest.raises(InvalidResponse, match="longer"):
            connection.receive("GET", max_body_bytes=1)


def test_pool_replaces_an_idle_connection_when_the_server_has_closed_it() -> None:
    with closing(Server(OK, OK.replace(b"ok", b"OK"), closes=True)) as server:
        pool = ConnectionPool("http", server.host)
        assert pool.send(GET).body == b"ok"
        assert pool.send(GET).body == b"OK"
        assert server.connections == 2


def test_tls_verifies_name_and_certificate_authority(tmp_path: Path) -> None:
    path = certificate(tmp_path, "127.0.0.1")
    trusting, strict = ssl.create_default_context(cafile=str(path)), ssl.create_default_context()
    with closing(Server(OK, tls=server_tls(path))) as server:
        with pytest.raises(ssl.SSLCertVerificationError):
            connect(server, strict)
        server.host = server.host.replace("127.0.0.1", "localhost")
        with pytest.raises(ssl.SSLCertVerificationError):
            connect(server, trusting)
        server.host = server.host.replace("localhost", "127.0.0.1")
        with closing(connect(server, trusting)) as connection:
            assert exchange(connection, GET).body == b"ok"
