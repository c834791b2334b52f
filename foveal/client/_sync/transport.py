"""Transport: sends calls over HTTP with a token, and tries again what may be tried again."""

from time import sleep
from typing import Any

import httpx2

import foveal
from foveal.client._sync.tokens import Tokens
from foveal.client.calls import Call, RawAnswer, result
from foveal.client.errors import NetworkError
from foveal.client.profile import Profile
from foveal.client.retries import RetryPolicy

TIMEOUT = httpx2.Timeout(30.0, connect=5.0)
_NOT_SENT = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout)


class Transport:
    """One connection pool to one API. `http` may be given to set proxies, certificates or limits; it is then kept."""

    def __init__(self, profile: Profile, retries: RetryPolicy, http: httpx2.Client | None = None) -> None:
        self.profile, self.retries = profile, retries
        self._owns_http = http is None
        self.http = http or httpx2.Client(timeout=TIMEOUT)
        self._tokens = Tokens(profile, self.http)

    def send(self, call: Call) -> Any:
        """Return the answer to a call. Raises APIError for a problem, NetworkError when no answer arrived."""
        return (self.send_raw(call)).value

    def send_raw(self, call: Call) -> RawAnswer:
        """Return the answer to a call with its status and headers. Raises as `send`."""
        retries, has_renewed = 0, False
        while True:
            try:
                response = self._request(call)
            except httpx2.TransportError as error:
                wait = self.retries.wait_after_error(call, retries, was_sent=not isinstance(error, _NOT_SENT))
                if wait is None:
                    reason = str(error) or type(error).__name__
                    raise NetworkError(f"{call.method} {self.profile.api_url}{call.target}: {reason}") from error
            else:
                if response.status_code == httpx2.codes.UNAUTHORIZED and self._tokens.can_renew and not has_renewed:
                    has_renewed = True
                    self._tokens.forget(response.request.headers["authorization"].removeprefix("Bearer "))
                    continue
                wait = self.retries.wait_after_status(
                    call, retries, response.status_code, response.headers.get("retry-after")
                )
                if wait is None:
                    status, headers, content = response.status_code, response.headers, response.content
                    value = result(status, headers, content, is_redirected=call.is_redirected)
                    return RawAnswer(status, headers, value)
            retries += 1
            sleep(wait)

    def close(self) -> None:
        """Close the connections, unless they are of the `http` that was given."""
        if self._owns_http:
            self.http.close()

    def _request(self, call: Call) -> httpx2.Response:
        headers = call.sent_headers | {
            "authorization": f"Bearer {self._tokens.current()}",
            "user-agent": f"foveal-python/{foveal.__version__}",
        }
        url = self.profile.api_url + call.target
        return self.http.request(call.method, url, headers=headers, content=call.content)
