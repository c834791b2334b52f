"""Values of assets as people read them: sizes, times, dimensions, durations."""

from collections.abc import Mapping
from datetime import UTC, datetime, tzinfo
from typing import Any


def size(count: float | None) -> str:
    """Return a number of bytes with a unit of powers of 1000, as file managers and S3 bills have it."""
    if count is None:
        return ""
    for unit in ("B", "kB", "MB", "GB"):
        if count < 1000:
            return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.1f} TB"


def local_time(text: str | None, zone: tzinfo | None = None) -> str:
    """Return an instant of the API in the local zone, to the minute."""
    if not text:
        return ""
    return datetime.fromisoformat(text).astimezone(zone).strftime("%Y-%m-%d %H:%M")


def instant(text: str | None) -> str:
    """Return an instant of the API in UTC, to the second."""
    return datetime.fromisoformat(text).astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC") if text else ""


def dimensions(asset: Mapping[str, Any]) -> str:
    """Return width and height in pixels, `1920×1080`; nothing while they are not known."""
    width, height = asset.get("width"), asset.get("height")
    return f"{width}×{height}" if width and height else ""


def duration(seconds: float | None) -> str:
    """Return a duration as minutes and seconds, or seconds below one minute."""
    if seconds is None:
        return ""
    if seconds < 60:
        return f"{seconds:.1f} s"
    hours, rest = divmod(round(seconds), 3600)
    return f"{hours}:{rest // 60:02}:{rest % 60:02}" if hours else f"{rest // 60}:{rest % 60:02}"


def labels(asset: Mapping[str, Any]) -> str:
    """Return the labels of an asset, most first, with their numbers above one."""
    counts: dict[str, int] = {}
    for entry in asset.get("label_summary") or ():
        name = entry.get("label")
        if name:
            counts[name] = counts.get(name, 0) + entry.get("count", 1)
    ordered = sorted(counts.items(), key=lambda each: (-each[1], each[0]))
    return ", ".join(f"{name} ×{count}" if count > 1 else name for name, count in ordered)


def plain(value: Any) -> str:
    """Return a value of JSON as text: lists with commas, true and false as JSON has them."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return ", ".join(map(plain, value))
    if isinstance(value, Mapping):
        return ", ".join(f"{name}={plain(each)}" for name, each in value.items())
    return "" if value is None else f"{value:g}" if isinstance(value, float) else str(value)
