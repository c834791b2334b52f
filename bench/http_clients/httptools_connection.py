"""httptools (the protocol in C: llhttp of Node.js, as uvicorn uses it) over a socket."""

import socket

import httptools

from foveal.aws.connection import BadAnswer, HttpRequest, HttpResponse


class Answer:
    """Collects the fields of one response."""

    def __init__(self, method: str) -> None:
        self.headers: dict[str, str] = {}
        self.parts: list[bytes] = []
        self.is_complete = self.is_reusable = False
        self._has_no_body = method == "HEAD"
        self.parser = httptools.HttpResponseParser(self)

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_headers_complete(self) -> None:
        self.is_reusable = self.parser.should_keep_alive()  # afterwards the parser has forgotten it
        self.is_complete = self._has_no_body  # the parser cannot be told that this answers a HEAD

    def on_body(self, data: bytes) -> None:
        self.parts.append(data)

    def on_message_complete(self) -> None:
        self.is_complete = True


class Connection:
    def __init__(self, host: str) -> None:
        name, _, port = host.rpartition(":")
        self._host = host
        self._socket = socket.create_connection((name, int(port)), 20)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.is_reusable = True

    def send(self, request: HttpRequest) -> None:
        lines = [f"{request.method} {request.target} HTTP/1.1", f"Host: {self._host}", "Accept-Encoding: identity"]
        lines += [f"{name}: {value}" for name, value in request.headers.items()]
        if request.body:
            lines.append(f"Content-Length: {len(request.body)}")
        self._socket.sendall("\r\n".join([*lines, "\r\n"]).encode("latin-1") + request.body)

    def receive(
        self, method: str, within_seconds: float | None = None, at_most_bytes: int | None = None
    ) -> HttpResponse:
        answer = Answer(method)
        while not answer.is_complete:
            data = self._socket.recv(128 * 1024)
            if not data:
                raise BadAnswer("the answer ended early")
            answer.parser.feed_data(data)
            if at_most_bytes is not None and sum(map(len, answer.parts)) > at_most_bytes:
                raise BadAnswer("the answer is too long")
        self.is_reusable = answer.is_reusable
        return HttpResponse(answer.parser.get_status_code(), answer.headers, b"".join(answer.parts))

    def close(self) -> None:
        self._socket.close()
