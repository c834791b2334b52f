"""Retries of AWS calls: exponential back-off with full jitter."""

import random
import time
from collections.abc import Callable
from typing import Final

from foveal.aws.errors import THROTTLING_CODES, TRANSIENT_CODES, Throttled, Unreachable
from foveal.http.pool import ConnectionPool
from foveal.http.protocol import HttpRequest, HttpResponse
from foveal.http.proxy import ProxyError

MAX_ATTEMPTS: Final = 4
MAX_BACK_OFF_SECONDS: Final = 2.0


def send_with_retries(
    operation: str,
    pool: ConnectionPool,
    sign: Callable[[], HttpRequest],
    error_code: Callable[[HttpResponse], str],
    sleep: Callable[[float], None] = time.sleep,
) -> HttpResponse:
    """Return the response, after up to four attempts with full-jitter back-off on transient faults.

    Each attempt is signed anew. Raises Unreachable when the last attempt had no response, Throttled when it was
    throttled; any other response, errors included, is returned.
    """
    for attempt in range(1, MAX_ATTEMPTS + 1):
        is_last = attempt == MAX_ATTEMPTS
        try:
            response = pool.send(sign())
        except OSError as error:
            if is_last:
                reason = str(error) if isinstance(error, ProxyError) else type(error).__name__
                raise Unreachable(operation, reason) from None
        else:
            code = error_code(response)
            if response.status < 500 and response.status != 429 and code not in TRANSIENT_CODES:
                return response
            if is_last:
                if code in THROTTLING_CODES or response.status == 429:
                    raise Throttled(operation, code, response.status)
                return response
        sleep(random.uniform(0, min(MAX_BACK_OFF_SECONDS, 0.1 * 2**attempt)))  # noqa: S311 - jitter, not a secret
    raise AssertionError("the last attempt returns or raises")
