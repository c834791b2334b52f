"""Limit of the line as people write it: bytes a second, or a timetable of the day."""

import re
from collections.abc import Callable
from datetime import datetime, time

from foveal.client.folders.pacing import Rate
from foveal.client.sizes import parse_bytes

_ENTRY = re.compile(r"([01]\d|2[0-3]):([0-5]\d),(\S+)")
OFF = "off"


def parse_limit(text: str, now: Callable[[], datetime] = datetime.now) -> int | Rate | None:
    """Return a limit in bytes a second, None for none, or a function of the time of day.

    `10MB` holds always. `08:00,1MB 18:30,off` holds from each time of day (local time) to the next one, over midnight.
    Raises ValueError with an example.
    """
    if "," not in text:
        return _rate(text)
    entries = [_ENTRY.fullmatch(each) for each in text.split()]
    if None in entries:
        raise ValueError("a timetable is written as `08:00,1MB 18:30,off`")
    rates = sorted((time(int(each[1]), int(each[2])), _rate(each[3])) for each in entries if each)
    if len({at for at, _ in rates}) != len(rates):
        raise ValueError("a time of day stands twice in the timetable")

    def rate() -> int | None:
        at = now().time()
        return max((each for each in rates if each[0] <= at), default=rates[-1], key=lambda each: each[0])[1]

    return rate


def _rate(text: str) -> int | None:
    return None if text.strip().lower() == OFF else parse_bytes(text)
