"""Instants as text: RFC 3339 in UTC with milliseconds, so that text sorts as time does."""

from datetime import UTC, datetime


def timestamp(instant: datetime) -> str:
    """Return an aware instant as RFC 3339 in UTC with milliseconds, `2026-10-31T09:30:00.000Z`."""
    return instant.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
