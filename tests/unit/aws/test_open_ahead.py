"""S3.open_ahead: objects from one or two responses, and responses that need a call with retries."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from foveal.aws.errors import NoSuchKey
from foveal.aws.s3 import S3, Opened

LENGTH, WHOLE = 100, 200
DATA = bytes(range(250)) + b"more"


class Bucket:
    """A bucket with one object, whose responses tests change."""

    def __init__(self, data: bytes) -> None:
        self.data, self.asked = data, list[tuple[str, Mapping[str, str]]]()
        self.status: dict[str, int] = {}
        self.headers: dict[str, dict[str, str]] = {"GET": {}, "HEAD": {}}
        self.error = b""

    def answer(self, method: str, headers: Mapping[str, str]) -> tuple[int, dict[str, str], bytes]:
        self.asked.append((method, headers))
        known = {"ETag": '"e"', "x-amz-version-id": "v", "Content-Type": "image/png", **self.headers[method]}
        if headers.get("x-amz-checksum-mode") == "ENABLED":
            known |= {"x-amz-checksum-crc64nvme": "c", "x-amz-checksum-type": "FULL_OBJECT"}
        status, body = 200, self.data
        if "Range" in headers and method == "GET":
            first, last = map(int, headers["Range"].removeprefix("bytes=").split("-"))
            status, body = 206, self.data[first : last + 1]
            known = {"Content-Range": f"bytes {first}-{first + len(body) - 1}/{len(self.data)}", **known}
        status = self.status.get(method, status)
        return status, known, self.error if status >= 300 else body


@contextmanager
def opening(bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> Iterator[S3]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1

        def log_message(self, *_: object) -> None:
            """Stay quiet."""

        def answer(self) -> None:
            status, headers, body = bucket.answer(self.command, dict(self.headers.items()))
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(body)

        do_GET = do_HEAD = answer  # noqa: N815 - the names that http.server wants

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    for name, value in {
        "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_REGION": "eu-west-1",
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{server.server_port}",
    }.items():
        monkeypatch.setenv(name, value)
    try:
        yield S3("media")
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def open_one(bucket: Bucket, size: int | None, monkeypatch: pytest.MonkeyPatch) -> Opened | NoSuchKey | None:
    with opening(bucket, monkeypatch) as s3:
        (found,) = s3.open_ahead({"key": size}, lambda _: LENGTH, WHOLE, 60)
    return found


@pytest.mark.parametrize("size", [0, 1, LENGTH, WHOLE])
def test_small_object_and_its_checksums_take_one_request(monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    bucket = Bucket(DATA[:size])
    found = open_one(bucket, size, monkeypatch)
    assert isinstance(found, Opened)
    assert (found.first.data, found.first.size_bytes, found.head.size_bytes) == (DATA[:size], size, size)
    assert (found.first.version_id, found.head.version_id, found.head.content_type) == ("v", "v", "image/png")
    assert found.head.checksums == {"crc64nvme": "c"}
    assert [method for method, _ in bucket.asked] == ["GET"]


@pytest.mark.parametrize("size", [WHOLE + 1, None])
def test_large_object_takes_a_ranged_get_and_a_head(monkeypatch: pytest.MonkeyPatch, size: int | None) -> None:
    bucket = Bucket(DATA)
    found = open_one(bucket, size, monkeypatch)
    assert isinstance(found, Opened)
    assert (found.first.data, found.first.size_bytes, found.head.size_bytes) == (DATA[:LENGTH], len(DATA), len(DATA))
    assert found.head.checksums == {"crc64nvme": "c"}
    assert sorted(method for method, _ in bucket.asked) == ["GET", "HEAD"]


def test_absent_object_is_no_such_key(monkeypatch: pytest.MonkeyPatch) -> None:
    bucket = Bucket(DATA)
    bucket.status, bucket.error = {"GET": 404, "HEAD": 404}, b"<Error><Code>NoSuchKey</Code></Error>"
    assert isinstance(open_one(bucket, 5, monkeypatch), NoSuchKey)
    assert isinstance(open_one(bucket, None, monkeypatch), NoSuchKey)


@pytest.mark.parametrize("code", ["NoSuchBucket", "AccessDenied"])
def test_object_is_undecided_when_a_404_has_another_code(monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    bucket = Bucket(DATA)
    bucket.status, bucket.error = {"GET": 404}, f"<Error><Code>{code}</Code></Error>".encode()
    assert open_one(bucket, 5, monkeypatch) is None


@pytest.mark.parametrize("status", [403, 416, 429, 500, 503])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_object_is_undecided_when_a_response_is_an_error(
    monkeypatch: pytest.MonkeyPatch, method: str, status: int
) -> None:
    bucket = Bucket(DATA)
    bucket.status = {method: status}
    assert open_one(bucket, None, monkeypatch) is None


@pytest.mark.parametrize("headers", [{"ETag": '"other"'}, {"x-amz-version-id": "w"}, {"Content-Length": "253"}])
def test_object_is_undecided_when_it_was_overwritten_between_two_responses(
    monkeypatch: pytest.MonkeyPatch, headers: dict[str, str]
) -> None:
    bucket = Bucket(DATA)
    bucket.headers["HEAD"] = headers
    assert open_one(bucket, None, monkeypatch) is None


def test_object_is_not_read_whole_when_it_is_larger_than_expected(monkeypatch: pytest.MonkeyPatch) -> None:
    assert open_one(Bucket(DATA), 5, monkeypatch) is None


@pytest.mark.parametrize("headers", [{"Content-Range": "bytes 0-9/*"}, {"Content-Range": "x"}])
def test_object_is_undecided_when_its_content_range_is_malformed(
    monkeypatch: pytest.MonkeyPatch, headers: dict[str, str]
) -> None:
    bucket = Bucket(DATA)
    bucket.headers["GET"] = headers
    assert open_one(bucket, None, monkeypatch) is None
