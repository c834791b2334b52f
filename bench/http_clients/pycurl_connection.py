"""libcurl by pycurl; a multi handle for each connection lets a request go out before earlier answers are read."""

from io import BytesIO

import pycurl

from foveal.http.protocol import HttpRequest, HttpResponse, InvalidResponse


class Connection:
    def __init__(self, host: str) -> None:
        self._host = host
        self._multi = pycurl.CurlMulti()
        self._easy = pycurl.Curl()
        self.is_reusable = True

    def send(self, request: HttpRequest) -> None:
        easy = self._easy
        easy.reset()
        self._body, self._lines = BytesIO(), list[bytes]()
        easy.setopt(pycurl.URL, f"http://{self._host}{request.target}")
        easy.setopt(pycurl.PATH_AS_IS, 1)
        easy.setopt(pycurl.CUSTOMREQUEST, request.method)
        easy.setopt(pycurl.HTTPHEADER, [f"{name}: {value}" for name, value in request.headers.items()])
        easy.setopt(pycurl.WRITEDATA, self._body)
        easy.setopt(pycurl.HEADERFUNCTION, self._lines.append)
        if request.method == "HEAD":
            easy.setopt(pycurl.NOBODY, 1)
        elif request.body:
            easy.setopt(pycurl.POSTFIELDS, request.body)
        self._multi.add_handle(easy)
        self._multi.perform()

    def receive(
        self, method: str, timeout_seconds: float | None = None, max_body_bytes: int | None = None
    ) -> HttpResponse:
        while self._multi.perform()[1]:
            self._multi.select(1.0)
        _, _, failed = self._multi.info_read()
        status = self._easy.getinfo(pycurl.RESPONSE_CODE)
        self._multi.remove_handle(self._easy)
        if failed:
            self.is_reusable = False
            raise InvalidResponse(failed[0][2])
        headers = {}
        for line in self._lines[1:]:
            name, colon, value = line.decode("latin-1").partition(":")
            if colon:
                headers[name.lower()] = value.strip()
        return HttpResponse(status, headers, self._body.getvalue())

    def close(self) -> None:
        self._easy.close()
        self._multi.close()
