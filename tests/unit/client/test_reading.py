"""Reading over signed URLs from a server that breaks off: nothing twice, nothing missing, nothing of other bytes."""

import errno
from collections.abc import Iterator

import pytest

from foveal.client.reading import ReadError, Reading, read
from tests.unit.training.media_server import MediaServer, serving

DATA = bytes(range(256)) * 40


@pytest.fixture
def server() -> Iterator[MediaServer]:
    with serving(MediaServer({"0001": DATA})) as running:
        yield running


def url(server: MediaServer) -> str:
    return f"{server.url}/bytes/0001?expires=9999999999&versionId=v1"


def test_bytes_are_whole_when_connections_break(server: MediaServer) -> None:
    server.cut_after["0001"] = [1, 5_000, 0, 0, 9]
    assert read(url(server)) == DATA


def test_reading_gives_up_when_connections_break_without_a_byte(server: MediaServer) -> None:
    server.cut_after["0001"] = [100, *[0] * 10]
    with pytest.raises(ReadError, match="broke 3 times"):
        Reading(url(server), bytearray().extend).run(max_resumes=2)


def test_reading_goes_on_after_bytes_of_an_earlier_one(server: MediaServer) -> None:
    etag = server.facts("0001")["s3"]["etag"]
    rest = bytearray()
    Reading(url(server), rest.extend, 1_000, etag).run()
    assert rest == DATA[1_000:]


def test_bytes_of_a_replaced_object_are_refused(server: MediaServer) -> None:
    with pytest.raises(ReadError, match="replaced") as caught:
        Reading(url(server), bytearray().extend, 1_000, '"another"').run()
    assert not caught.value.is_temporary


def test_error_of_the_writer_is_not_taken_for_one_of_the_line(server: MediaServer) -> None:
    def full(_: bytes) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(OSError, match="No space left"):
        Reading(url(server), full).run()
    assert server.reads["0001"] == 1


@pytest.mark.parametrize(("status", "is_temporary"), [(403, False), (404, False), (429, True), (503, True)])
def test_answer_that_is_no_success_is_named(server: MediaServer, status: int, is_temporary: bool) -> None:
    server.statuses["0001"] = [status]
    with pytest.raises(ReadError, match=f"HTTP {status}") as caught:
        read(url(server))
    assert caught.value.is_temporary is is_temporary
