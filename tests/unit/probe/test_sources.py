"""Sources: files, and an HTTP server that keeps, breaks or ignores the rules of ranges."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from PIL import Image

from foveal.probe import CountedSource, Damage, FileSource, HttpsSource, ProbeError, SourceError, probe
from tests.unit.probe.pictures import every_picture, saved

_BODY = every_picture()["jpeg-RGB"] + bytes(300_000)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        name = self.path.partition("?")[0]
        statuses = {"/missing": 404, "/secret": 403, "/broken": 500}
        if name in statuses:
            self._answer(statuses[name], b"no")
        elif name == "/moved":
            self._answer(302, b"", Location="/whole")
        elif name == "/round":
            self._answer(302, b"", Location="/round")
        elif name == "/away":
            self._answer(302, b"", Location="ftp://127.0.0.1/x")
        elif name == "/whole":
            self._answer(200, _BODY)
        elif name == "/empty":
            self._answer(416, b"", **{"Content-Range": "bytes */0"})
        else:
            first, last = (int(part) for part in self.headers["Range"].removeprefix("bytes=").split("-"))
            part = _BODY[first : last + 1]
            self._answer(206, part, **{"Content-Range": f"bytes {first}-{first + len(part) - 1}/{len(_BODY)}"})

    def _answer(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Tests are quiet."""


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: object, client_address: object) -> None:
        """A reader that has seen enough hangs up: no fault of the server."""


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with _Server(("127.0.0.1", 0), _Handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


@pytest.mark.parametrize("path", ["/ranges", "/whole", "/moved"])
def test_facts_come_out_when_the_server_serves_ranges_or_not(address: str, path: str) -> None:
    source = CountedSource(HttpsSource(address + path, allow_http=True))
    assert probe(source).width == 60
    assert source.size == len(_BODY)
    assert source.bytes_read == 65536


@pytest.mark.parametrize(
    ("path", "reason"),
    [("/missing", "not_found"), ("/secret", "access_denied"), ("/broken", "unreachable"), ("/round", "unreachable")],
)
def test_source_error_names_the_reason_when_the_server_refuses(address: str, path: str, reason: str) -> None:
    with pytest.raises(SourceError) as caught:
        probe(HttpsSource(address + path, allow_http=True))
    assert caught.value.reason == reason


def test_redirect_is_refused_when_it_leads_to_another_scheme(address: str) -> None:
    with pytest.raises(SourceError):
        probe(HttpsSource(address + "/away", allow_http=True))


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1/x", "ftp://example.com/x", "https://", "https://[", "https://h:port/"]
)
def test_address_is_refused_when_it_is_not_https(url: str) -> None:
    with pytest.raises(SourceError):
        HttpsSource(url)


def test_second_range_is_right_when_the_server_ignores_ranges(address: str) -> None:
    source = HttpsSource(address + "/whole", allow_http=True)
    assert source.read(100, 50) == _BODY[100:150]


def test_source_error_names_the_reason_when_there_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(SourceError) as caught:
        FileSource(tmp_path / "absent")
    assert caught.value.reason == "not_found"
    with pytest.raises(SourceError) as caught:
        FileSource(tmp_path)
    assert caught.value.reason == "not_a_file"
    with pytest.raises(SourceError):
        FileSource("nul\0byte")


def test_named_pipe_is_refused_when_it_has_no_writer(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(SourceError) as caught:
        FileSource(tmp_path / "pipe")
    assert caught.value.reason == "not_a_file"


class _OpenEnded:
    """An object whose size no reply states."""

    size = -1

    def __init__(self, data: bytes) -> None:
        self._data = data

    def read(self, offset: int, length: int) -> bytes:
        return self._data[offset : offset + length]


def test_picture_is_read_when_the_source_does_not_know_its_size() -> None:
    data = saved(Image.effect_noise((400, 400), 90), "jpeg", quality=95)
    assert len(data) > 65536
    assert probe(_OpenEnded(data)).width == 400


def test_small_picture_is_truncated_when_it_ends_in_its_header_and_its_size_is_unknown() -> None:
    data = saved(Image.effect_noise((400, 400), 90), "jpeg", quality=95)
    with pytest.raises(ProbeError, match="truncated"):
        probe(_OpenEnded(data[:600]))
    assert probe(_OpenEnded(data[:20_000])).warnings == (Damage.TRUNCATED,)
