"""Author of a change: subject, time and tool."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Self


@dataclass(frozen=True, slots=True)
class Author:
    """The subject that changes something, the time of the change, the tool, and the import that it is part of."""

    subject: str
    at: datetime
    tool: str | None = None
    import_id: str | None = None

    @classmethod
    def now(cls, subject: str, tool: str | None = None, import_id: str | None = None) -> Self:
        """Return the author of a change at this moment, in MongoDB's milliseconds."""
        now = datetime.now(UTC)
        return cls(subject, now.replace(microsecond=now.microsecond // 1000 * 1000), tool, import_id)
