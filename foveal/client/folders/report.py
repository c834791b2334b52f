"""Outcomes of files and their sum: found = done + skipped + failed, always."""

import enum
from collections import Counter
from dataclasses import dataclass, field, fields
from typing import Any, Final


class State(enum.StrEnum):
    """End of a file: `done` in this run, `skipped` for a reason that needs nothing, `failed` otherwise."""

    DONE = "done"
    SKIPPED = "skipped"
    FAILED = "failed"


UPLOADED_BEFORE: Final = "uploaded before"
EMPTY: Final = "an empty file"
NO_MEDIA: Final = "no image or video by its name"
CHANGED: Final = "changed while it was sent"
UNREADABLE: Final = "cannot be read"
STOPPED: Final = "Stopped"
"""Code of files that were not reached, because the run ended before."""
FINAL_CODES: Final = frozenset({"QuotaExceeded", "EntityTooLarge", "UnsupportedMediaType", "AccessDenied"})
"""Codes of refusals that the same command would meet again."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The end of one file; `reason` is for people, `code` is the API's or S3's where there is one."""

    path: str
    state: State
    size_bytes: int = 0
    asset_id: str | None = None
    reason: str | None = None
    code: str | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """State of a run: files and bytes. `sent_bytes` counts what S3 has acknowledged, also parts of files that are open;
    `left_bytes` what is still to be sent of the files that were found, which are all once `is_walked`."""

    found: int
    done: int
    skipped: int
    failed: int
    sent_bytes: int
    left_bytes: int
    is_walked: bool


@dataclass(slots=True)
class Summary:
    """Sum of a run. `excluded` files and folders were left out by patterns and are not counted as found; `unused_rows`
    of the sidecar name no file that was found."""

    found: int = 0
    done: int = 0
    skipped: int = 0
    failed: int = 0
    excluded: int = 0
    sent_bytes: int = 0
    unused_rows: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    codes: Counter[str] = field(default_factory=Counter)
    is_interrupted: bool = False

    def add(self, outcome: Outcome) -> None:
        """Count one outcome."""
        setattr(self, outcome.state, getattr(self, outcome.state) + 1)
        if outcome.state is State.DONE:
            self.sent_bytes += outcome.size_bytes
        if outcome.reason:
            self.reasons[outcome.reason] += 1
        if outcome.code:
            self.codes[outcome.code] += 1

    @property
    def is_complete(self) -> bool:
        """Tell whether every file that was found has an end."""
        return self.found == self.done + self.skipped + self.failed

    def document(self) -> dict[str, Any]:
        """Return the sum as JSON values, the exit code with it."""
        counters = {"reasons": dict(self.reasons), "codes": dict(self.codes)}
        plain = {each.name: getattr(self, each.name) for each in fields(self) if each.name not in counters}
        return {**plain, **counters, "exit_code": self.exit_code}

    @property
    def exit_code(self) -> int:
        """Exit code of the command: 0 all done, 1 some failed, 5 the same command later helps, 6 files changed or could
        not be read, 7 refused for good, 130 stopped and resumable."""
        if self.is_interrupted:
            return 130
        if not self.failed:
            return 0
        if self.reasons[CHANGED] + self.reasons[UNREADABLE] == self.failed:
            return 6
        if sum(self.codes[code] for code in FINAL_CODES) == self.failed:
            return 7
        return 5 if self.codes["NetworkError"] == self.failed else 1
