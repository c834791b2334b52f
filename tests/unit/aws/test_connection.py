"""HTTP/1.1 as servers speak it, well and badly; `http.client` is the oracle where it can be."""

import http.client
import ipaddress
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given, settings
from hypothesis import strategies as st

from foveal.aws.connection import BadAnswer, Connection, HttpRequest
from foveal.aws.http import Host

GET = HttpRequest("GET", "/bucket/key?x=1", {"Range": "bytes=0-9"})


class Server:
    """Sends canned answers, one for each request that it has read, and remembers the requests."""

    def __init__(self, *answers: bytes, tls: ssl.SSLContext | None = None, closes: bool = False) -> None:
        self._tls, self._closes = tls, closes
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.host = f"127.0.0.1:{self._listener.getsockname()[1]}"
        self.requests: list[bytes] = []
        self.connections = 0
        self._answers = list(answers)
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                peer, _ = self._listener.accept()
                self.connections += 1
                with peer, suppress(ssl.SSLError):
                    self._answer(self._tls.wrap_socket(peer, server_side=True) if self._tls else peer)

    def _answer(self, peer: socket.socket) -> None:
        while self._answers and (request := peer.recv(65536)):
            self.requests.append(request)
            peer.sendall(self._answers.pop(0))
            if self._closes:
                break
        peer.close()

    def close(self) -> None:
        self._listener.close()


@contextmanager
def connected(*answers: bytes) -> Iterator[tuple[Server, Connection]]:
    with closing(Server(*answers)) as server, closing(_connect(server)) as connection:
        yield server, connection


def _connect(server: Server) -> Connection:
    return Connection(server.host, tls=None, connect_timeout_seconds=5, read_timeout_seconds=5)


def test_a_request_is_sent_as_it_was_signed_and_its_answer_is_whole() -> None:
    with connected(b'HTTP/1.1 206 Partial Content\r\nETag:  "a" \r\nContent-Length: 3\r\n\r\nabc') as (
        server,
        connection,
    ):
        answer = connection.exchange(GET)
    assert (answer.status, answer.body) == (206, b"abc")
    assert answer.headers == {"etag": '"a"', "content-length": "3"}
    lines = server.requests[0].split(b"\r\n")
    assert lines[0] == b"GET /bucket/key?x=1 HTTP/1.1"
    assert set(lines[1:]) == {b"Host: " + server.host.encode(), b"Accept-Encoding: identity", b"Range: bytes=0-9", b""}
    assert connection.is_reusable


def test_answers_follow_each_other_on_one_connection_when_they_have_no_body() -> None:
    answers = (
        b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n",
        b"HTTP/1.1 204 No Content\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
    )
    with connected(*answers) as (_, connection):
        head = connection.exchange(HttpRequest("HEAD", "/", {}))
        statuses = [connection.exchange(HttpRequest("DELETE", "/", {})).status for _ in range(2)]
        last = connection.exchange(GET)
    assert (head.status, head.headers["content-length"], head.body) == (200, "99", b"")
    assert statuses == [204, 304]
    assert last.body == b"ok"


def test_a_body_is_sent_with_its_length_also_when_it_is_empty() -> None:
    with connected(*[b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"] * 2) as (server, connection):
        connection.exchange(HttpRequest("PUT", "/", {}, b"body"))
        connection.exchange(HttpRequest("POST", "/", {}))
    assert server.requests[0].endswith(b"Content-Length: 4\r\n\r\nbody")
    assert server.requests[1].endswith(b"Content-Length: 0\r\n\r\n")


def test_chunks_and_trailers_are_read_to_their_end() -> None:
    answer = (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\nA\r\n0123456789\r\n0\r\nX: y\r\n\r\n"
    )
    with connected(answer, b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n!") as (_, connection):
        assert connection.exchange(GET).body == b"abc0123456789"
        assert connection.exchange(GET).body == b"!"


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\n\r\nto the end",
        b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 10\r\n\r\nto the end",
        b"HTTP/1.0 200 OK\r\nContent-Length: 10\r\n\r\nto the end",
    ],
)
def test_a_connection_is_not_used_again_when_the_answer_says_so(answer: bytes) -> None:
    with connected(answer) as (_, connection):
        assert connection.exchange(GET).body == b"to the end"
    assert not connection.is_reusable


@pytest.mark.parametrize(
    "answer",
    [
        b"SSH-2.0-OpenSSH\r\n\r\n",
        b"HTTP/1.1 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"y" * 70_000,
        b"HTTP/1.1 200 OK\r\n" + b"".join(b"X-%d: y\r\n" % index for index in range(300)),
        b"HTTP/1.1 20",
    ],
)
def test_what_is_no_whole_answer_is_an_error_and_not_a_result(answer: bytes) -> None:
    with connected(answer) as (_, connection), pytest.raises(BadAnswer):
        connection.exchange(GET)


def test_a_connection_is_not_used_again_when_more_came_than_was_asked_for() -> None:
    with connected(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\n\r\n") as (_, connection):
        assert connection.exchange(GET).body == b"ok"
    assert not connection.is_reusable


@pytest.mark.parametrize(
    "framed",
    [
        b"Content-Length: 11\r\n\r\n0123456789a",
        b"Transfer-Encoding: chunked\r\n\r\n6\r\n012345\r\n5\r\n6789a\r\n0\r\n\r\n",
        b"\r\n0123456789a",
    ],
)
def test_an_answer_is_refused_when_it_is_longer_than_it_may_be(framed: bytes) -> None:
    answer = b"HTTP/1.1 200 OK\r\n" + framed
    with connected(answer) as (_, connection):
        connection.send(GET)
        assert connection.receive("GET", at_most_bytes=11).body == b"0123456789a"
    with connected(answer) as (_, connection):
        connection.send(GET)
        with pytest.raises(BadAnswer, match="longer"):
            connection.receive("GET", at_most_bytes=10)


@pytest.mark.parametrize("header", ["a\r\nX-Injected: 1", "a\nb", "a\0b"])
def test_a_header_cannot_smuggle_in_another(header: str) -> None:
    with connected() as (server, connection), pytest.raises(ValueError, match="control character"):
        connection.exchange(HttpRequest("GET", "/", {"X": header}))
    assert server.requests == []


def test_a_target_with_a_space_cannot_be_sent() -> None:
    with connected() as (_, connection), pytest.raises(ValueError, match="space"):
        connection.exchange(HttpRequest("GET", "/a b HTTP/1.0", {}))


def test_a_kept_connection_that_was_closed_meanwhile_is_replaced_unnoticed() -> None:
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n"
    with closing(Server(answer + b"1", answer + b"2", closes=True)) as server:
        host = Host("http", server.host)
        assert host.send(GET).body == b"1"
        assert host.send(GET).body == b"2"
        assert server.connections == 2


def test_tls_is_verified_against_the_name_and_the_authorities(tmp_path: Path) -> None:
    certificate = _certificate(tmp_path, "127.0.0.1")
    server_side = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server_side.load_cert_chain(certificate)
    trusting, strict = ssl.create_default_context(cafile=str(certificate)), ssl.create_default_context()
    limits = {"connect_timeout_seconds": 5.0, "read_timeout_seconds": 5.0}
    with closing(Server(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", tls=server_side)) as server:
        with pytest.raises(ssl.SSLCertVerificationError):
            Connection(server.host, tls=strict, **limits)
        with pytest.raises(ssl.SSLCertVerificationError):
            Connection(server.host.replace("127.0.0.1", "localhost"), tls=trusting, **limits)
        with closing(Connection(server.host, tls=trusting, **limits)) as connection:
            assert connection.exchange(GET).body == b"ok"


@settings(max_examples=60, deadline=None)
@given(
    st.binary(max_size=300),
    st.lists(st.integers(1, 50), max_size=8),
    st.sampled_from([200, 206, 404, 503]),
    st.dictionaries(st.text("abcXYZ-", min_size=1, max_size=9), st.text('abc 1;=/"', max_size=9), max_size=5),
)
def test_an_answer_is_read_as_http_client_reads_it(
    body: bytes, cuts: list[int], status: int, headers: dict[str, str]
) -> None:
    named = {name: value for name, value in headers.items() if name.lower() not in ("connection", "content-length")}
    head = "".join(f"{name}: {value}\r\n" for name, value in named.items()).encode()
    parts, rest = [], body
    for cut in cuts:
        parts.append(rest[:cut])
        rest = rest[cut:]
    chunked = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in [*parts, rest] if part) + b"0\r\n\r\n"
    for framing, framed in (
        (b"Content-Length: %d\r\n\r\n" % len(body), body),
        (b"Transfer-Encoding: chunked\r\n\r\n", chunked),
    ):
        answer = b"HTTP/1.1 %d X\r\n" % status + head + framing + framed
        with connected(answer, answer) as (server, connection):
            ours = connection.exchange(GET)
            connection.close()
            oracle = http.client.HTTPConnection(server.host, timeout=5)
            oracle.request("GET", "/")
            theirs = oracle.getresponse()
            assert (ours.status, ours.body) == (theirs.status, theirs.read())
            assert ours.headers == {name.lower(): value.strip() for name, value in theirs.getheaders()}
            oracle.close()


def _certificate(folder: Path, address: str) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "test")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    encoded = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = folder / "certificate.pem"
    path.write_bytes(encoded + certificate.public_bytes(serialization.Encoding.PEM))
    return path
