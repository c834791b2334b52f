"""Times as cameras, phones and editors write them: EXIF's form, ISO 8601 and mixtures of both."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo

_TIME = re.compile(
    r"(\d{4})([:/.-])([ \d]?\d)\2([ \d]?\d)(?:\s+|T)([ \d]?\d):([ \d]?\d)(?::([ \d]?\d))?"
    r"(?:[.,](\d{1,9}))?\s*(?:([AaPp])\.?[Mm]\b)?\s*((?:UTC|GMT)?[+-]\d\d(?::?\d\d)?(?![:\d])|(?:[Zz]|UTC|GMT)(?!\w))?",
    re.ASCII,
)
_OFFSET = re.compile(r"([+-])(\d\d)(?::?(\d\d))?", re.ASCII)
_MAX_OFFSET_HOURS = 14


def parse_time(text: str, subseconds: str | None = None, offset: str | None = None) -> datetime | None:
    """Return the time of EXIF's `YYYY:MM:DD HH:MM:SS` (DC-008, 4.6.5) or of ISO 8601; naive if no zone is stated.

    Dates may have dashes, slashes or points instead of colons, `T` may stand before the time of day, subseconds, `AM`
    or `PM` and a zone after it. `subseconds` (digits) and `offset` are EXIF's fields of their own and win over those in
    the text. None for anything else, a date alone included.
    """
    found = _TIME.match(text)
    if found is None:
        return _parse_basic(text)
    year, _, month, day, hour_text, minute, second, fraction, half, zone_text = found.groups()
    hour = int(hour_text) if half is None else int(hour_text) % 12 + (12 if half in "Pp" else 0)
    if half is not None and not 1 <= int(hour_text) <= 12:
        return None
    try:
        moment = datetime(int(year), int(month), int(day), hour, int(minute), int(second or 0))  # noqa: DTZ001  zone: below
    except ValueError:
        return None
    digits = subseconds if subseconds and subseconds.isdecimal() and subseconds.isascii() else fraction
    if digits:
        moment = moment.replace(microsecond=int(digits[:6].ljust(6, "0")))
    zone = parse_offset(offset or "") or parse_offset(zone_text or "")
    return moment if zone is None else _with_zone(moment, zone)


def _parse_basic(text: str) -> datetime | None:
    """Parse ISO 8601's basic form, `20240229T235958Z`."""
    if "T" not in text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo is None else _with_zone(moment, moment.tzinfo)


def _with_zone(moment: datetime, zone: tzinfo) -> datetime | None:
    aware = moment.replace(tzinfo=zone)
    try:
        aware.timestamp()
        aware.astimezone(UTC)  # year 1 or 9999 may not exist there
    except (OverflowError, ValueError):
        return None
    return aware


def parse_offset(text: str) -> timezone | None:
    """Return the zone of `+HH:MM`, `+HHMM`, `+HH`, `Z`, `UTC` or `GMT`; None for anything else."""
    if text in ("Z", "z", "UTC", "GMT"):
        return UTC
    found = _OFFSET.fullmatch(text.removeprefix("UTC").removeprefix("GMT"))
    if found is None:
        return None
    hours, minutes = int(found[2]), int(found[3] or 0)
    if hours > _MAX_OFFSET_HOURS or minutes > 59:
        return None
    return timezone((1 if found[1] == "+" else -1) * timedelta(hours=hours, minutes=minutes))
