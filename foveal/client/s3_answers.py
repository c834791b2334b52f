"""Answers of S3 to the PUT of an upload's bytes, and what follows from each; one table for every sender."""

import enum
import re
from dataclasses import dataclass
from typing import Final

from foveal.client.retries import REFUSED_STATUSES, UNKNOWN_STATUSES

_CODE = re.compile(r"<Code>(\w{1,64})</Code>")
_MESSAGE = re.compile(r"<Message>([^<]{1,300})</Message>")
_OTHER_BYTES: Final = frozenset({"BadDigest", "XAmzContentChecksumMismatch", "InvalidDigest"})


class Verdict(enum.Enum):
    """Consequence of an answer."""

    SENT = enum.auto()
    """The object or part is there; also 412, because the first answer was lost."""
    EXPIRED = enum.auto()
    """The signature is refused: another ticket may help."""
    CHANGED = enum.auto()
    """Other bytes arrived than were declared."""
    SLOW_DOWN = enum.auto()
    """S3 is busy: again, later and by fewer."""
    AGAIN = enum.auto()
    """A fault of S3 or of the line: again, later."""
    REFUSED = enum.auto()
    """Refused for good."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """Consequence of an answer, with S3's code, or `HTTP502` without one, and its sentence."""

    verdict: Verdict
    code: str
    message: str


def judge(status: int, text: str) -> Judgement:
    """Return what follows from S3's answer to a PUT; `text` is XML for an error (S3 API reference, "Error responses").

    An answer that is no S3's, for example the page of a proxy, is judged by its status; a login page of a network
    (status 200, 511 or a redirect) is a fault of the line, since S3 answers a PUT without a body and names the code of
    its redirects (RFC 6585, 6).
    """
    if status == 200 and text.strip():
        return Judgement(Verdict.AGAIN, "NoAnswerOfS3", "a page came in place of S3's answer")
    code = (_CODE.search(text) or ["", f"HTTP{status}"])[1]
    return Judgement(_verdict(status, code), code, (_MESSAGE.search(text) or ["", code])[1])


def _verdict(status: int, code: str) -> Verdict:
    if status in (200, 201, 204, 412):
        return Verdict.SENT
    if status == 403:
        return Verdict.EXPIRED
    if code in _OTHER_BYTES:
        return Verdict.CHANGED
    if status in REFUSED_STATUSES:
        return Verdict.SLOW_DOWN
    is_login_page = code.startswith("HTTP") and (300 <= status < 400 or status == 511)
    return Verdict.AGAIN if status in UNKNOWN_STATUSES or code == "RequestTimeout" or is_login_page else Verdict.REFUSED
