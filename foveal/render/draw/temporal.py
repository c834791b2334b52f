"""Temporal annotations: which frames a `support` covers, in frames or in seconds."""

from collections.abc import Mapping
from typing import Any, Final

TOLERANCE_SECONDS: Final = 1e-6
"""Seconds are written with six digits at most (`duration_seconds`), so that a frame's own time may be rounded."""


def covers(support: Mapping[str, Any], frame: int, asset: Mapping[str, Any]) -> bool:
    """Return whether a `support` covers a frame of an asset, counted from 0; both of its ends belong to it.

    Frame numbers decide where they are given. Of a support in seconds alone, a frame is inside when its display time
    is; it covers no frame of an asset of which the frame rate is unknown.
    """
    if support.get("first") is not None and support.get("last") is not None:
        return bool(support["first"] <= frame <= support["last"])
    start, end = support.get("start_seconds"), support.get("end_seconds")
    at = display_seconds(asset, frame)
    if start is None or end is None or at is None:
        return False
    return bool(start - TOLERANCE_SECONDS <= at <= end + TOLERANCE_SECONDS)


def display_seconds(asset: Mapping[str, Any], frame: int) -> float | None:
    """Return the display time of a frame in seconds from the first frame, None for an unknown frame rate.

    The `frame_rate` of a video of variable rate is its average. A file that states none has the average of its frame
    count and duration.
    """
    rate = asset.get("frame_rate")
    if rate and rate.get("num") and rate.get("den"):
        return float(frame * rate["den"] / rate["num"])
    count, duration = asset.get("frame_count"), asset.get("duration_seconds")
    return float(frame * duration / count) if count and duration else None
