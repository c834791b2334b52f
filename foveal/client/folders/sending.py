"""Sending of bytes to a signed URL, tried again where that can help."""

import http.client
import random
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from foveal.client.folders.content import Content, FileChangedError, UnreadableFileError, blocks
from foveal.client.folders.pacing import Gate, Throttle
from foveal.client.folders.report import CHANGED, UNREADABLE
from foveal.client.folders.s3_connection import S3Connection
from foveal.client.s3_answers import Verdict, judge

MAX_TRIES: Final = 7
MAX_WAIT_SECONDS: Final = 20.0


class SendError(Exception):
    """The bytes did not arrive; `reason` is for people, `code` is S3's, or `NetworkError`."""

    def __init__(self, reason: str, code: str | None = None) -> None:
        super().__init__(reason)
        self.reason, self.code = reason, code


class TicketExpiredError(Exception):
    """S3 refuses the signature: the URL is too old. `date` is S3's time, for a signer whose clock may be wrong."""

    def __init__(self, code: str, date: str | None = None) -> None:
        super().__init__(code)
        self.date = date


class Sender:
    """Sends bytes over the connection of its thread, at the common pace."""

    def __init__(self, gate: Gate, throttle: Throttle, sleep: Callable[[float], object] = time.sleep) -> None:
        self._gate, self._throttle, self._sleep = gate, throttle, sleep
        self._connection = S3Connection()

    def send(self, content: Content, start: int, size_bytes: int, url: str, headers: Mapping[str, str]) -> None:
        """Send a range of a file. An object that is there already (412) counts as sent.

        Raises TicketExpiredError for 403, SendError for all that does not pass.
        """
        failure = "no answer"
        for tries in range(MAX_TRIES):
            if tries:
                self._sleep(random.uniform(0, min(MAX_WAIT_SECONDS, 0.5 * 2**tries)))  # noqa: S311  full jitter
            try:
                answer = self._connection.put(url, headers, self._paced(content, start, size_bytes), size_bytes)
            except FileChangedError as error:
                raise SendError(CHANGED, "FileChanged") from error
            except UnreadableFileError as error:
                raise SendError(UNREADABLE, "Unreadable") from error
            except (OSError, http.client.HTTPException) as error:
                failure = str(error) or type(error).__name__
                continue
            found = judge(answer.status, answer.text)
            match found.verdict:
                case Verdict.SENT:
                    self._gate.succeeded()
                    return
                case Verdict.EXPIRED:
                    raise TicketExpiredError(found.code, answer.date)
                case Verdict.CHANGED:
                    raise SendError(CHANGED, "FileChanged")
                case Verdict.REFUSED:
                    raise SendError(f"S3 refused it: {found.message}", found.code)
                case Verdict.SLOW_DOWN:
                    self._gate.refused()
            failure = found.code
        raise SendError(f"S3 could not be reached: {failure}", "NetworkError")

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def _paced(self, content: Content, start: int, size_bytes: int) -> Iterator[bytes | memoryview]:
        for block in blocks(content, start, size_bytes):
            yield from self._throttle.pieces(block)
