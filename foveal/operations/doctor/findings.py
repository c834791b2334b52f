"""Findings of an examination: a state, one sentence about what was seen, and advice where something has to be done."""

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """State of what was examined.

    `unknown` is a question that could not be answered, as for a missing permission; `skipped` one that does not apply
    to this stage, or cannot be asked of it from here.
    """

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"
    UNKNOWN = "unknown"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was seen, and what to do about it."""

    state: State
    seen: str
    advice: str | None = None

    @property
    def is_bad(self) -> bool:
        """Tell whether somebody has to act before the stage can be relied upon."""
        return self.state in (State.FAILED, State.UNKNOWN)


def ok(seen: str) -> Finding:
    """Return a finding that is as it should be."""
    return Finding(State.OK, seen)


def warning(seen: str, advice: str) -> Finding:
    """Return a finding that does not hurt yet."""
    return Finding(State.WARNING, seen, advice)


def failed(seen: str, advice: str) -> Finding:
    """Return a finding that breaks something for users."""
    return Finding(State.FAILED, seen, advice)


def unknown(seen: str, advice: str) -> Finding:
    """Return a question that could not be answered."""
    return Finding(State.UNKNOWN, seen, advice)


def skipped(seen: str) -> Finding:
    """Return a question that does not apply, with the reason."""
    return Finding(State.SKIPPED, seen)


def verdict(is_right: bool, seen: str, wrong: str, advice: str) -> Finding:
    """Return `ok(seen)` if it is right, else `failed(wrong, advice)`."""
    return ok(seen) if is_right else failed(wrong, advice)
