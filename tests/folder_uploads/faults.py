"""Faults of the line, of proxies, of S3 and of the API: each is done to one request in place of its answer."""

import json
import os
import time
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

from tests.folder_uploads.service import Fault, Handler

STALL_SECONDS: Final = 1.0
"""Longer than the time limit of the client in these tests."""


def _cut_before_headers(handler: Handler, _path: str) -> None:
    handler.reset()


def _cut_after_headers(handler: Handler, _path: str) -> None:
    handler.hang_up()


def _cut_in_the_body(handler: Handler, _path: str) -> None:
    handler.body(0.5)
    handler.reset()


def _answer_lost(handler: Handler, path: str) -> None:
    handler.put(path)
    handler.hang_up()


def _answer_cut(handler: Handler, path: str) -> None:
    handler.put(path)
    handler.raw(b"HTTP/1.1 20")


def _internal_error(handler: Handler, _path: str) -> None:
    handler.body()
    handler.answer(500, b"<Error><Code>InternalError</Code></Error>")


def _bad_gateway(handler: Handler, _path: str) -> None:
    handler.body()
    handler.answer(502, b"<h1>Bad gateway</h1>", "text/html")


def _slow_down(handler: Handler, _path: str) -> None:
    handler.body()
    handler.answer(503, b"<Error><Code>SlowDown</Code></Error>")


def _early_refusal(handler: Handler, _path: str) -> None:
    """Answer before the body is read, and hang up, as S3 does when it is busy."""
    handler.answer(503, b"<Error><Code>SlowDown</Code></Error>")
    handler.hang_up()


def _request_timeout(handler: Handler, _path: str) -> None:
    handler.body()
    handler.answer(400, b"<Error><Code>RequestTimeout</Code></Error>")


def _expired(handler: Handler, _path: str) -> None:
    handler.body()
    handler.answer(403, b"<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>")


def _there_already(handler: Handler, path: str) -> None:
    handler.put(path)
    handler.answer(412, b"<Error><Code>PreconditionFailed</Code></Error>")


def _bit_flipped(handler: Handler, path: str) -> None:
    """Store other bytes than were sent. Not of a part: only TLS protects parts, whose URLs sign no checksum."""
    data = bytearray(handler.body())
    data[len(data) // 2] ^= "/" not in path
    handler.answer(*handler.service.store(path, bytes(data)))


def _refused(handler: Handler, _path: str) -> None:
    handler.refuse(400, "InvalidArgument")


def _stalled(handler: Handler, path: str) -> None:
    handler.put(path)
    time.sleep(STALL_SECONDS)
    handler.hang_up()


def _short_answer(handler: Handler, path: str) -> None:
    handler.put(path)
    handler.raw(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n<short")


def _slow_answer(handler: Handler, path: str) -> None:
    """Send a byte each 10 ms, which stands for one a second."""
    handler.put(path)
    for byte in b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n":
        handler.wfile.write(bytes([byte]))
        handler.wfile.flush()
        time.sleep(0.01)


def _wrong_length(handler: Handler, path: str) -> None:
    handler.put(path)
    handler.raw(b"HTTP/1.1 200 OK\r\ncontent-length: minus one\r\n\r\n")


def _redirect(handler: Handler, _path: str) -> None:
    handler.body()
    handler.answer(307, b"", location="http://127.0.0.1:9/elsewhere")


def _empty_answer(handler: Handler, path: str) -> None:
    handler.put(path)
    handler.raw(b"\r\n\r\n")


def _garbage(handler: Handler, _path: str) -> None:
    handler.body()
    handler.raw(os.urandom(300))


def _answer_twice(handler: Handler, path: str) -> None:
    answer = handler.put(path)
    handler.answer(*answer)
    handler.answer(200, b"")


def _login_page(handler: Handler, _path: str) -> None:
    handler.body()
    handler.answer(200, b"<html>Welcome to our network</html>", "text/html")


def _api_refused_connections(handler: Handler, _path: str) -> None:
    """Give tickets for a port on which nobody listens."""
    _answer_begin(handler, "http://127.0.0.1:9")


def _api_plain_as_tls(handler: Handler, _path: str) -> None:
    """Give tickets with https for a port that speaks none."""
    _answer_begin(handler, handler.service.url.replace("http:", "https:"))


def _answer_begin(handler: Handler, origin: str) -> None:
    status, answer = handler.call(urlsplit(handler.path).path.strip("/").split("/"))
    for ticket in answer.get("uploads", []):
        if "url" in ticket:
            ticket["url"] = ticket["url"].replace(handler.service.url, origin)
    handler.answer_api(status, answer)


def _api_too_many(handler: Handler, _path: str) -> None:
    handler.body()
    handler.answer_api(429, {"message": "Too Many Requests"})


def _api_too_many_with_a_time(handler: Handler, _path: str) -> None:
    handler.body()
    handler.answer_api(429, {"message": "Too Many Requests"}, Retry_After="1")


def _api_half_json(handler: Handler, path: str) -> None:
    status, answer = handler.call(["v1", *path.split("/")])
    text = json.dumps(answer).encode()
    handler.answer(status, text[: len(text) // 2], "application/json")


def _api_answer_lost(handler: Handler, path: str) -> None:
    handler.call(["v1", *path.split("/")])
    handler.hang_up()


def _api_unavailable(handler: Handler, _path: str) -> None:
    handler.body()
    handler.answer(503, b"<html>Service Unavailable</html>", "text/html")


def _api_page(handler: Handler, _path: str) -> None:
    handler.body()
    handler.answer(200, b"<html>Welcome to our network</html>", "text/html")


def _api_problem(handler: Handler, _path: str) -> None:
    handler.body()
    handler.answer_api(400, {"code": "InvalidRequest", "detail": "no"})


OF_S3: Final[Mapping[str, Fault]] = {
    "cut before headers": _cut_before_headers,
    "cut after headers": _cut_after_headers,
    "cut in the body": _cut_in_the_body,
    "answer lost": _answer_lost,
    "answer cut": _answer_cut,
    "500": _internal_error,
    "502 with a page": _bad_gateway,
    "503 SlowDown": _slow_down,
    "503 before the body was read": _early_refusal,
    "400 RequestTimeout": _request_timeout,
    "403 expired": _expired,
    "412 there already": _there_already,
    "bit flipped (400 BadDigest)": _bit_flipped,
    "400 refused": _refused,
    "stall": _stalled,
    "short answer": _short_answer,
    "slow answer": _slow_answer,
    "wrong content-length": _wrong_length,
    "redirect": _redirect,
    "empty answer": _empty_answer,
    "garbage": _garbage,
    "answer sent twice": _answer_twice,
    "login page with 200": _login_page,
}
"""Faults of the PUT of bytes."""

OF_BEGIN: Final[Mapping[str, Fault]] = {
    "connection refused": _api_refused_connections,
    "TLS to a port without": _api_plain_as_tls,
}
"""Faults that begins cause for the PUT."""

OF_API: Final[Mapping[str, Fault]] = {
    "API: 429": _api_too_many,
    "API: 429 with Retry-After": _api_too_many_with_a_time,
    "API: half of the JSON": _api_half_json,
    "API: answer lost": _api_answer_lost,
    "API: 503 with a page": _api_unavailable,
    "API: login page with 200": _api_page,
    "API: 400": _api_problem,
}
"""Faults of begin, list parts, sign parts and complete."""

KINDS: Final = (*OF_S3, *OF_BEGIN, *OF_API)


def kinds_for(kind: str, what: str) -> Fault | None:
    """Return the fault of a kind for what is asked (`put`, `uploads`, `parts`, `complete`, `me`), if it is of that."""
    if what == "put":
        return OF_S3.get(kind)
    if what == "uploads" and kind in OF_BEGIN:
        return OF_BEGIN[kind]
    return OF_API.get(kind) if what != "me" else None
