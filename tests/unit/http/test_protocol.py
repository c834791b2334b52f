"""HTTP/1.1 messages as bytes; `http.client` is the oracle of responses."""

import http.client
import io
import socket
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foveal.http.protocol import (
    MAX_HEADERS,
    HttpRequest,
    HttpResponse,
    InvalidResponse,
    ResponseParser,
    encode_request,
)

OK = b"HTTP/1.1 200 OK\r\n"


def parse(data: bytes, method: str = "GET", max_body_bytes: int | None = None, step: int = 1 << 20) -> ResponseParser:
    """Feed the data in steps, and the end of the connection when no response came before."""
    parser = ResponseParser(method, max_body_bytes)
    for start in range(0, len(data), step):
        if parser.response is None:
            parser.feed(data[start : start + step])
    if parser.response is None:
        parser.feed(b"")
    return parser


def response(parser: ResponseParser) -> HttpResponse:
    assert parser.response is not None
    return parser.response


def test_request_is_encoded_exactly_as_it_was_signed() -> None:
    request = HttpRequest("GET", "/bucket/key?x=1", {"Range": "bytes=0-9"})
    lines = encode_request(request, "media.example").split(b"\r\n")
    assert lines[0] == b"GET /bucket/key?x=1 HTTP/1.1"
    assert lines[1:] == [b"Host: media.example", b"Accept-Encoding: identity", b"Range: bytes=0-9", b"", b""]


def test_request_states_its_length_also_when_its_body_is_empty() -> None:
    assert encode_request(HttpRequest("PUT", "/", {}, b"body"), "h").endswith(b"Content-Length: 4\r\n\r\nbody")
    assert encode_request(HttpRequest("POST", "/", {}), "h").endswith(b"Content-Length: 0\r\n\r\n")
    assert b"Content-Length" not in encode_request(HttpRequest("GET", "/", {}), "h")


@pytest.mark.parametrize("value", ["a\r\nX-Injected: 1", "a\nb", "a\0b"])
def test_request_is_refused_when_a_header_holds_a_control_character(value: str) -> None:
    with pytest.raises(ValueError, match="control character"):
        encode_request(HttpRequest("GET", "/", {"X": value}), "h")


def test_request_is_refused_when_its_target_holds_a_space() -> None:
    with pytest.raises(ValueError, match="space"):
        encode_request(HttpRequest("GET", "/a b HTTP/1.0", {}), "h")


@pytest.mark.parametrize("step", [1, 7, 1000])
def test_response_is_parsed_in_whatever_pieces_it_arrives(step: int) -> None:
    data = b'HTTP/1.1 206 Partial Content\r\nETag:  "a" \r\nX-Name: \xe9\r\nContent-Length: 3\r\n\r\nabc'
    parser = parse(data, step=step)
    assert parser.response == (206, {"etag": '"a"', "x-name": "é", "content-length": "3"}, b"abc")
    assert parser.is_reusable


@pytest.mark.parametrize(
    ("method", "data", "status"),
    [
        ("HEAD", OK + b"Content-Length: 99\r\n\r\n", 200),
        ("HEAD", OK + b"Transfer-Encoding: chunked\r\n\r\n", 200),
        ("DELETE", b"HTTP/1.1 204 No Content\r\n\r\n", 204),
        ("GET", b"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", 304),
        ("GET", b"HTTP/1.1 416 Range Not Satisfiable\r\nContent-Length: 0\r\n\r\n", 416),
        ("CONNECT", b"HTTP/1.1 200 Connection established\r\n\r\n", 200),
    ],
)
def test_response_is_complete_when_it_has_no_body(method: str, data: bytes, status: int) -> None:
    parser = ResponseParser(method)
    parser.feed(data)
    assert (response(parser).status, response(parser).body) == (status, b"")


def test_response_follows_an_interim_response() -> None:
    parser = parse(b"HTTP/1.1 100 Continue\r\nX: y\r\n\r\n" + OK + b"Content-Length: 2\r\n\r\nok")
    assert parser.response == (200, {"content-length": "2"}, b"ok")
    assert parser.is_reusable


@pytest.mark.parametrize("step", [1, 1000])
def test_response_is_parsed_up_to_the_trailers_when_it_is_chunked(step: int) -> None:
    data = OK + b"Transfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\nA\r\n0123456789\r\n0\r\nX: y\r\n\r\n"
    parser = parse(data, step=step)
    assert parser.response == (200, {"transfer-encoding": "chunked"}, b"abc0123456789")
    assert parser.is_reusable


@pytest.mark.parametrize(
    "data",
    [
        OK + b"\r\nto the end",
        OK + b"Connection: close\r\nContent-Length: 10\r\n\r\nto the end",
        b"HTTP/1.0 200 OK\r\nContent-Length: 10\r\n\r\nto the end",
    ],
)
def test_connection_is_not_reusable_when_the_response_says_so(data: bytes) -> None:
    parser = parse(data)
    assert response(parser).body == b"to the end"
    assert not parser.is_reusable


@pytest.mark.parametrize("surplus", [OK + b"\r\n", b"x", b"HTTP/1.1"])
def test_connection_is_not_reusable_when_more_than_the_response_arrived(surplus: bytes) -> None:
    parser = parse(OK + b"Content-Length: 2\r\n\r\nok" + surplus)
    assert response(parser).body == b"ok"
    assert not parser.is_reusable


@pytest.mark.parametrize(
    "data",
    [
        b"SSH-2.0-OpenSSH\r\n\r\n",
        b"HTTP/1.1 OK\r\n\r\n",
        OK + b"no colon\r\n\r\n",
        OK + b"Content-Length: many\r\n\r\n",
        OK + b"Content-Length: -1\r\n\r\n",
        OK + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        OK + b"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n",
        OK + b"Content-Length: 9\r\n\r\nshort",
        OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nab",
        OK + b"Transfer-Encoding: chunked\r\n\r\n0\r\n",
        OK + b"X: " + b"y" * 70_000,
        OK + b"".join(b"X-%d: y\r\n" % index for index in range(MAX_HEADERS + 1)) + b"\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: other\r\n\r\n",
        b"HTTP/1.1 20",
        b"",
    ],
)
@pytest.mark.parametrize("step", [100, 1 << 20])
def test_response_is_refused_when_it_is_malformed_or_incomplete(data: bytes, step: int) -> None:
    with pytest.raises(InvalidResponse):
        parse(data, step=step)


def test_response_is_refused_before_its_end_when_its_headers_are_too_long() -> None:
    parser = ResponseParser("GET")
    parser.feed(OK + b"X: " + b"y" * 60_000)
    with pytest.raises(InvalidResponse, match="too many headers"):
        parser.feed(b"y" * 10_000)


@pytest.mark.parametrize(
    "framed",
    [
        b"Content-Length: 11\r\n\r\n0123456789a",
        b"Transfer-Encoding: chunked\r\n\r\n6\r\n012345\r\n5\r\n6789a\r\n0\r\n\r\n",
        b"\r\n0123456789a",
    ],
)
def test_response_is_refused_when_its_body_is_longer_than_allowed(framed: bytes) -> None:
    assert response(parse(OK + framed, max_body_bytes=11)).body == b"0123456789a"
    with pytest.raises(InvalidResponse, match="longer"):
        parse(OK + framed, max_body_bytes=10)


def test_response_is_refused_before_its_body_when_its_length_is_more_than_allowed() -> None:
    with pytest.raises(InvalidResponse, match="longer"):
        ResponseParser("GET", 10).feed(OK + b"Content-Length: 11\r\n\r\n")


def test_length_of_the_object_is_no_limit_when_the_response_answers_a_head() -> None:
    assert response(parse(OK + b"Content-Length: 11\r\n\r\n", "HEAD", 10)).headers["content-length"] == "11"


class Canned:
    """Stands for the socket that `http.client` reads from."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def makefile(self, _mode: str) -> io.BytesIO:
        return io.BytesIO(self._data)


@given(
    st.binary(max_size=300),
    st.lists(st.integers(1, 50), max_size=8),
    st.sampled_from([200, 206, 404, 503]),
    st.dictionaries(st.text("abcXYZ-", min_size=1, max_size=9), st.text('abc 1;=/"', max_size=9), max_size=5),
    st.integers(1, 400),
)
def test_response_is_parsed_as_http_client_parses_it(
    body: bytes, cuts: list[int], status: int, headers: dict[str, str], step: int
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
        data = b"HTTP/1.1 %d X\r\n" % status + head + framing + framed
        oracle = http.client.HTTPResponse(cast(socket.socket, Canned(data)))
        oracle.begin()
        ours = response(parse(data, step=step))
        assert (ours.status, ours.body) == (status, body)
        assert ours.body == oracle.read()
        assert ours.headers == {name.lower(): value.strip() for name, value in oracle.getheaders()}
