"""ProbeError and its closed set of reasons."""

from __future__ import annotations

from enum import StrEnum

from foveal.probe.facts import Facts


class Reason(StrEnum):
    """Reasons why an object is refused; stable, stored with the asset and shown to its owner."""

    TRUNCATED = "truncated"
    """It ends before the end that its headers state; also an empty object."""
    MALFORMED = "malformed"
    """It has a known format and violates the rules of that format."""
    NOT_MEDIA = "not_media"
    """It is not an image or video of a supported format."""
    TOO_MANY_READS = "too_many_reads"
    """Its facts cannot be read within the budget of requests and bytes."""
    MISMATCH = "mismatch"
    """Its bytes belong to another family than its declared type."""
    ACTIVE_CONTENT = "active_content"
    """It contains script or markup that a browser would execute."""
    HOSTILE = "hostile"
    """Its sizes, counts or nesting exceed those of every real file and would exhaust a reader."""


class ProbeError(Exception):
    """The only exception that `probe` raises because of the bytes of an object.

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
