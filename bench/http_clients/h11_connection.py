"""h11 (the protocol in Python, as httpcore and httpx use it) over a socket."""

import socket

import h11

from foveal.http.protocol import HttpRequest, HttpResponse, InvalidResponse


class Connection:
    def __init__(self, host: str) -> None:
        name, _, port = host.rpartition(":")
        self._host = host
        self._socket = socket.create_connection((name, int(port)), 20)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._protocol = h11.Connection(h11.CLIENT)
        self.is_reusable = True

    def send(self, request: HttpRequest) -> None:
        headers = [("Host", self._host), ("Accept-Encoding", "identity"), *request.headers.items()]
        if request.body:
            headers.append(("Content-Length", str(len(request.body))))
        data = self._protocol.send(h11.Request(method=request.method, target=request.target, headers=headers)) or b""
        if request.body:
            data += self._protocol.send(h11.Data(data=request.body)) or b""
        self._protocol.send(h11.EndOfMessage())
        self._socket.sendall(data)

    def receive(
        self, method: str, timeout_seconds: float | None = None, max_body_bytes: int | None = None
    ) -> HttpResponse:
        status, headers, parts, length = 0, dict[str, str](), list[bytes](), 0
        while True:
            event = self._protocol.next_event()
            if event is h11.NEED_DATA:
                self._protocol.receive_data(self._socket.recv(128 * 1024))
            elif isinstance(event, h11.Response):
                status = event.status_code
                headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in event.headers}
            elif isinstance(event, h11.Data):
                parts.append(bytes(event.data))
                length += len(event.data)
                if max_body_bytes is not None and length > max_body_bytes:
                    raise InvalidResponse("too long")
            elif isinstance(event, h11.EndOfMessage):
                break
        self.is_reusable = self._protocol.their_state is h11.DONE and self._protocol.our_state is h11.DONE
        if self.is_reusable:
            self._protocol.start_next_cycle()
        return HttpResponse(status, headers, b"".join(parts))

    def close(self) -> None:
        self._socket.close()
