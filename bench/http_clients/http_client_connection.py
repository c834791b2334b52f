"""`http.client` of the standard library."""

from http.client import HTTPConnection

from foveal.http.protocol import HttpRequest, HttpResponse, InvalidResponse


class Connection:
    def __init__(self, host: str) -> None:
        self._connection = HTTPConnection(host, timeout=20)
        self._connection.connect()
        self.is_reusable = True

    def send(self, request: HttpRequest) -> None:
        self._connection.request(request.method, request.target, request.body or None, dict(request.headers))

    def receive(
        self, method: str, timeout_seconds: float | None = None, max_body_bytes: int | None = None
    ) -> HttpResponse:
        response = self._connection.getresponse()
        self.is_reusable = not response.will_close
        if max_body_bytes is not None and method != "HEAD" and (response.length or 0) > max_body_bytes:
            raise InvalidResponse("too long")
        headers = {name.lower(): value for name, value in response.getheaders()}
        return HttpResponse(response.status, headers, response.read())

    def close(self) -> None:
        self._connection.close()
