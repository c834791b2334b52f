"""Concurrent requests: order, limits, and requests that fail or stall."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from foveal.http import concurrent_requests
from foveal.http.concurrent_requests import GROUP_SIZE, MAX_IN_FLIGHT, send_concurrently
from foveal.http.pool import ConnectionPool
from foveal.http.protocol import HttpRequest, HttpResponse

Reply = Callable[[str], bytes | None]
"""Returns the body for a path; None closes the connection."""


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, reply: Reply) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.reply = reply
        self.paths: list[str] = []
        self.connections = 0
        self.in_flight = self.most_in_flight = 0
        self.lock = threading.Lock()
        self.pool = ConnectionPool("http", f"127.0.0.1:{self.server_port}")

    def handle_error(self, *_: object) -> None:
        """A client that goes away is part of these tests."""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    server: Server

    def setup(self) -> None:
        super().setup()
        with self.server.lock:
            self.server.connections += 1

    def log_message(self, *_: object) -> None:
        """Stay quiet."""

    def do_GET(self) -> None:
        server = self.server
        with server.lock:
            server.paths.append(self.path)
            server.in_flight += 1
            server.most_in_flight = max(server.most_in_flight, server.in_flight)
        body = server.reply(self.path)
        with server.lock:
            server.in_flight -= 1
        if body is None:
            self.close_connection = True
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def serving(reply: Reply) -> Iterator[Server]:
    server = Server(reply)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def requests(*paths: str) -> list[HttpRequest]:
    return [HttpRequest("GET", path, {}) for path in paths]


def bodies(answers: Iterator[HttpResponse | None]) -> list[bytes | None]:
    return [answer.body if answer else None for answer in answers]


def test_requests_are_all_sent_before_the_first_response_is_read() -> None:
    together = threading.Barrier(MAX_IN_FLIGHT)

    def reply(path: str) -> bytes:
        together.wait(30)
        return path.encode()

    paths = [f"/{index}" for index in range(MAX_IN_FLIGHT)]
    with serving(reply) as server:
        assert bodies(send_concurrently(server.pool, requests(*paths), 60, 100)) == [path.encode() for path in paths]


def test_requests_in_flight_are_limited_and_their_connections_are_reused() -> None:
    paths = [f"/{index}" for index in range(5 * MAX_IN_FLIGHT)]
    with serving(str.encode) as server:
        for _ in range(2):
            assert bodies(send_concurrently(server.pool, requests(*paths), 60, 100)) == [
                path.encode() for path in paths
            ]
        assert server.most_in_flight <= MAX_IN_FLIGHT
        assert server.connections == MAX_IN_FLIGHT


def test_requests_are_made_only_when_they_are_sent() -> None:
    made = []

    def make() -> Iterator[HttpRequest]:
        for request in requests(*[f"/{index}" for index in range(2 * MAX_IN_FLIGHT)]):
            made.append(request)
            yield request

    with serving(str.encode) as server:
        answers = send_concurrently(server.pool, make(), 60, 100)
        next(answers)
        assert len(made) <= MAX_IN_FLIGHT + GROUP_SIZE
        answers.close()


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from(["ok", "hangs-up", "too-long"]), max_size=60))
def test_response_is_none_only_for_a_request_that_failed(kinds: list[str]) -> None:
    def reply(path: str) -> bytes | None:
        return {"ok": path.encode(), "hangs-up": None, "too-long": bytes(101)}[path.rpartition("-of-")[2]]

    paths = [f"/{index}-of-{kind}" for index, kind in enumerate(kinds)]
    with serving(reply) as server:
        for _ in range(2):  # the second time on connections that are kept
            found = bodies(send_concurrently(server.pool, requests(*paths), 60, 100))
            assert found == [path.encode() if path.endswith("-of-ok") else None for path in paths]


def test_requests_are_no_longer_sent_when_a_response_stalls_and_arrived_responses_are_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(concurrent_requests, "MAX_WAIT_SECONDS", 0.2)
    go_on = threading.Event()

    def reply(path: str) -> bytes:
        if path == "/5":
            go_on.wait(60)
        return path.encode()

    paths = [f"/{index}" for index in range(3 * MAX_IN_FLIGHT)]
    with serving(reply) as server:
        found = bodies(send_concurrently(server.pool, requests(*paths), 60, 100))
        go_on.set()
    sent = paths[:MAX_IN_FLIGHT]
    assert found == [None if path == "/5" else path.encode() for path in sent] + [None] * (len(paths) - len(sent))
    assert sorted(server.paths) == sorted(sent)


def test_response_is_given_up_when_it_trickles(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(concurrent_requests, "MAX_WAIT_SECONDS", 0.3)
    stop = threading.Event()

    class Trickling(Handler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", "100")
            self.end_headers()
            with suppress(OSError):
                while not stop.wait(0.02):
                    self.wfile.write(b"x")
                    self.wfile.flush()

    with serving(str.encode) as server:
        server.RequestHandlerClass = Trickling
        assert bodies(send_concurrently(server.pool, requests("/1", "/2"), 60, 100)) == [None, None]
        stop.set()


def test_requests_are_not_sent_when_the_time_is_over() -> None:
    with serving(str.encode) as server:
        assert bodies(send_concurrently(server.pool, requests("/1", "/2"), 0, 100)) == [None, None]
        assert server.paths == []


def test_responses_are_none_when_the_server_is_down() -> None:
    with serving(str.encode) as server:
        pool = server.pool
    assert bodies(send_concurrently(pool, requests("/1", "/2"), 60, 100)) == [None, None]


def test_connections_are_closed_when_their_responses_are_not_read() -> None:
    with serving(str.encode) as server:
        answers = send_concurrently(server.pool, requests(*[f"/{index}" for index in range(5)]), 60, 100)
        assert next(answers)
        answers.close()
        idle = server.pool.take_idle()
        assert idle is not None
        idle.close()
        assert server.pool.take_idle() is None
