"""The HTTP client of AWS's C runtime, whose event loop runs in a thread of its own."""

import functools

import awscrt.http
import awscrt.io

from foveal.http.protocol import HttpRequest, HttpResponse


@functools.cache
def bootstrap() -> awscrt.io.ClientBootstrap:
    group = awscrt.io.EventLoopGroup(1)
    return awscrt.io.ClientBootstrap(group, awscrt.io.DefaultHostResolver(group))


class Connection:
    def __init__(self, host: str) -> None:
        name, _, port = host.rpartition(":")
        self._host = host
        self._connection = awscrt.http.HttpClientConnection.new(name, int(port), bootstrap()).result(20)
        self.is_reusable = True

    def send(self, request: HttpRequest) -> None:
        pairs = [("Host", self._host), *request.headers.items()]
        if request.body:
            pairs.append(("Content-Length", str(len(request.body))))
        sent = awscrt.http.HttpRequest(request.method, request.target, awscrt.http.HttpHeaders(pairs))
        if request.body:
            from io import BytesIO

            sent.body_stream = BytesIO(request.body)
        self._headers, self._parts = dict[str, str](), list[bytes]()
        self._stream = self._connection.request(sent, self._on_response, self._on_body)
        self._stream.activate()

    def receive(
        self, method: str, timeout_seconds: float | None = None, max_body_bytes: int | None = None
    ) -> HttpResponse:
        status = self._stream.completion_future.result(20)
        return HttpResponse(status, self._headers, b"".join(self._parts))

    def close(self) -> None:
        self._connection.close()

    def _on_response(self, http_stream: object, status_code: int, headers: list[tuple[str, str]], **_: object) -> None:
        self._headers = {name.lower(): value for name, value in headers}

    def _on_body(self, http_stream: object, chunk: bytes, **_: object) -> None:
        self._parts.append(bytes(chunk))
