"""urllib3's own connection, without its pool: requests are sent before earlier answers are read."""

from urllib3.connection import HTTPConnection

from foveal.http.protocol import HttpRequest, HttpResponse, InvalidResponse


class Connection:
    def __init__(self, host: str) -> None:
        name, _, port = host.rpartition(":")
        self._connection = HTTPConnection(name, int(port), timeout=20)
        self._connection.connect()
        self.is_reusable = True

    def send(self, request: HttpRequest) -> None:
        self._connection.request(
            request.method,
            request.target,
            request.body or None,
            request.headers,
            preload_content=False,
            decode_content=False,
        )

    def receive(
        self, method: str, timeout_seconds: float | None = None, max_body_bytes: int | None = None
    ) -> HttpResponse:
        response = self._connection.getresponse()
        if max_body_bytes is not None and method != "HEAD" and (response.length_remaining or 0) > max_body_bytes:
            raise InvalidResponse("too long")
        headers = {name.lower(): value for name, value in response.headers.items()}
        return HttpResponse(response.status, headers, response.read())

    def close(self) -> None:
        self._connection.close()
