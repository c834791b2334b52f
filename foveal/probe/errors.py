"""Why an object has no facts: one exception, a closed set of reasons."""

from __future__ import annotations

from enum import StrEnum

from foveal.probe.facts import Facts


class Reason(StrEnum):
    """What is wrong with the object; stable, stored with it and shown to its owner."""

    TRUNCATED = "truncated"
    """It ends before what its own headers promise (an empty object too)."""
    MALFORMED = "malformed"
    """It is of a known format and breaks that format's rules."""
    NOT_MEDIA = "not_media"
    """It is no image or video that is known here."""
    TOO_MANY_READS = "too_many_reads"
    """Its facts cannot be had within the budget of requests and bytes."""
    MISMATCH = "mismatch"
    """It is of another family than its declared type says."""
    ACTIVE_CONTENT = "active_content"
    """It carries script or markup that a browser would run."""
    HOSTILE = "hostile"
    """Its claims serve to exhaust a reader: sizes, counts or nesting past every real file."""


class ProbeError(Exception):
    """Raised by `probe` and by nothing else in this package for what the bytes say.

    `facts` holds what was known up to there (the format at least, where it was recognised).
    """

    def __init__(self, reason: Reason, detail: str, facts: Facts | None = None) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail
        self.facts = facts


def truncated(detail: str) -> ProbeError:
    return ProbeError(Reason.TRUNCATED, detail)


def malformed(detail: str) -> ProbeError:
    return ProbeError(Reason.MALFORMED, detail)


def hostile(detail: str) -> ProbeError:
    return ProbeError(Reason.HOSTILE, detail)


def not_media(detail: str) -> ProbeError:
    return ProbeError(Reason.NOT_MEDIA, detail)


def active_content(detail: str) -> ProbeError:
    return ProbeError(Reason.ACTIVE_CONTENT, detail)
