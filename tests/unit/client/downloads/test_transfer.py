"""Transfers against a server that breaks off, changes its bytes, refuses URLs or lies."""

import base64
import hashlib
import re
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from awscrt import checksums

from foveal.client.downloads import Downloader, Source
from foveal.client.errors import DownloadError

BYTES = bytes(range(256)) * 4_000


class Server:
    """Serves `content` with an entity tag; `cuts` are the bytes after which answers break off, one for each."""

    def __init__(self) -> None:
        self.content, self.etag = BYTES, '"v1"'
        self.cuts: list[int] = []
        self.statuses: list[int] = []
        self.ranges: list[str | None] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                outer.answer(self)

            def log_message(self, *_: object) -> None:
                pass

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._http.server_address[1]}/a.jpg?Signature=x"
        threading.Thread(target=self._http.serve_forever, daemon=True).start()

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        asked = request.headers.get("Range")
        self.ranges.append(asked)
        if self.statuses and (status := self.statuses.pop(0)) != 200:
            request.send_response(status)
            request.send_header("content-length", "0")
            request.end_headers()
            return
        start = 0
        if asked and request.headers.get("If-Range") == self.etag:
            start = int((re.fullmatch(r"bytes=(\d+)-", asked) or ["", "0"])[1])
        if start > len(self.content):
            request.send_response(416)
            request.send_header("content-length", "0")
            request.end_headers()
            return
        body = self.content[start:]
        request.send_response(206 if start else 200)
        request.send_header("etag", self.etag)
        request.send_header("content-length", str(len(body)))
        if start:
            request.send_header("content-range", f"bytes {start}-{len(self.content) - 1}/{len(self.content)}")
        request.end_headers()
        cut = self.cuts.pop(0) if self.cuts else len(body)
        request.wfile.write(body[:cut])
        if cut < len(body):
            request.close_connection = True
            request.connection.shutdown(2)

    def close(self) -> None:
        self._http.shutdown()
        self._http.server_close()


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server()
    yield made
    made.close()


@pytest.fixture
def downloader() -> Downloader:
    return Downloader(sleep=lambda _: None)


def crc(content: bytes) -> str:
    return base64.b64encode(checksums.crc64nvme(content).to_bytes(8, "big")).decode()


def source(server: Server, content: bytes = BYTES, url: Callable[[], str] | None = None) -> Source:
    return Source("asset-1", url or (lambda: server.url), len(content), crc(content))


def test_file_is_complete_verified_and_alone(server: Server, downloader: Downloader, tmp_path: Path) -> None:
    seen: list[int] = []
    done = downloader.save(source(server), tmp_path / "a.jpg", progress=seen.append)
    assert (done.path.read_bytes(), done.is_new, done.is_verified) == (BYTES, True, True)
    assert [each.name for each in tmp_path.iterdir()] == ["a.jpg"]
    assert seen[-1] == len(BYTES)


def test_transfer_goes_on_after_the_last_byte_when_it_breaks_off(
    server: Server, downloader: Downloader, tmp_path: Path
) -> None:
    server.cuts = [300_000, 300_000]
    done = downloader.save(source(server), tmp_path / "a.jpg")
    assert done.path.read_bytes() == BYTES
    assert server.ranges[0] is None
    assert all(each is not None and each != "bytes=0-" for each in server.ranges[1:])


def test_later_run_sends_only_the_rest(server: Server, downloader: Downloader, tmp_path: Path) -> None:
    server.cuts = [400_000] * 6
    server.statuses = [200, *[503] * 5]
    with pytest.raises(DownloadError) as failure:
        downloader.save(source(server), tmp_path / "a.jpg")
    assert failure.value.code == "NetworkError"
    (part,) = tmp_path.iterdir()
    arrived = part.stat().st_size
    assert 0 < arrived < len(BYTES)
    server.cuts, server.statuses = [], []
    done = Downloader().save(source(server), tmp_path / "a.jpg")
    assert (done.received_bytes, done.path.read_bytes()) == (len(BYTES) - arrived, BYTES)
    assert [each.name for each in tmp_path.iterdir()] == ["a.jpg"]


def test_transfer_begins_anew_when_the_bytes_have_changed_meanwhile(
    server: Server, downloader: Downloader, tmp_path: Path
) -> None:
    server.cuts = [400_000] * 6
    server.statuses = [200, *[503] * 5]
    with pytest.raises(DownloadError):
        downloader.save(source(server), tmp_path / "a.jpg")
    server.cuts, server.statuses, server.content, server.etag = [], [], BYTES[::-1], '"v2"'
    done = downloader.save(source(server, BYTES[::-1]), tmp_path / "a.jpg")
    assert done.path.read_bytes() == BYTES[::-1]
    assert [each.name for each in tmp_path.iterdir()] == ["a.jpg"]


def test_stopped_transfer_leaves_its_part_for_a_later_run(
    server: Server, downloader: Downloader, tmp_path: Path
) -> None:
    with pytest.raises(DownloadError) as failure:
        downloader.save(source(server), tmp_path / "a.jpg", progress=lambda done: downloader.stop() if done else None)
    assert failure.value.code == "Stopped"
    (part,) = tmp_path.iterdir()
    arrived = part.stat().st_size
    assert 0 < arrived < len(BYTES)
    assert Downloader().save(source(server), tmp_path / "a.jpg").received_bytes == len(BYTES) - arrived


def test_wrong_bytes_never_become_the_file(server: Server, downloader: Downloader, tmp_path: Path) -> None:
    server.content = BYTES[:-1] + b"!"
    with pytest.raises(DownloadError, match="not those of the catalog"):
        downloader.save(source(server), tmp_path / "a.jpg")
    assert list(tmp_path.iterdir()) == []


def test_another_url_is_taken_once_when_one_has_expired(server: Server, downloader: Downloader, tmp_path: Path) -> None:
    server.statuses = [403]
    urls = iter([server.url, server.url + "2"])
    assert downloader.save(source(server, url=lambda: next(urls)), tmp_path / "a.jpg").is_new
    server.statuses = [403, 403]
    with pytest.raises(DownloadError, match="HTTP 403"):
        downloader.save(source(server), tmp_path / "b.jpg")


def test_file_that_is_there_is_not_fetched_and_never_replaced_silently(
    server: Server, downloader: Downloader, tmp_path: Path
) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(BYTES)
    assert downloader.save(source(server), path).is_new is False
    path.write_bytes(BYTES[::-1])
    with pytest.raises(DownloadError, match="other bytes") as failure:
        downloader.save(source(server), path)
    assert (failure.value.code, server.ranges, path.read_bytes()) == ("FileExists", [], BYTES[::-1])
    assert downloader.save(source(server), path, overwrite=True).is_new
    assert path.read_bytes() == BYTES


def test_file_that_came_into_being_meanwhile_is_not_replaced(
    server: Server, downloader: Downloader, tmp_path: Path
) -> None:
    path = tmp_path / "a.jpg"

    def url() -> str:
        path.write_bytes(b"mine")
        return server.url

    with pytest.raises(DownloadError, match="other bytes"):
        downloader.save(source(server, url=url), path)
    assert path.read_bytes() == b"mine"


def test_link_in_the_place_of_the_file_is_not_followed(server: Server, downloader: Downloader, tmp_path: Path) -> None:
    target = tmp_path / "precious"
    target.write_bytes(b"mine")
    (tmp_path / "a.jpg").symlink_to(target)
    with pytest.raises(DownloadError, match="no ordinary file"):
        downloader.save(source(server), tmp_path / "a.jpg", overwrite=True)
    assert target.read_bytes() == b"mine"


def test_variant_of_unknown_size_is_skipped_when_a_file_of_its_size_is_there(
    server: Server, downloader: Downloader, tmp_path: Path
) -> None:
    unknown = Source("asset-1-thumbnail", lambda: server.url)
    assert downloader.save(unknown, tmp_path / "a.webp").is_new
    assert downloader.save(unknown, tmp_path / "a.webp").is_new is False


def test_error_names_the_folder_that_cannot_be_written(server: Server, downloader: Downloader, tmp_path: Path) -> None:
    with pytest.raises(DownloadError, match="No such file or directory") as failure:
        downloader.save(source(server), tmp_path / "nowhere" / "a.jpg")
    assert failure.value.code == "CannotWrite"


def test_sha256_is_compared_when_there_is_no_crc(server: Server, downloader: Downloader, tmp_path: Path) -> None:
    right = base64.b64encode(hashlib.sha256(BYTES).digest()).decode()
    assert downloader.save(Source("a", lambda: server.url, None, None, right), tmp_path / "a").is_verified
    with pytest.raises(DownloadError, match="not those of the catalog"):
        downloader.save(Source("b", lambda: server.url, None, None, right[::-1]), tmp_path / "b")
