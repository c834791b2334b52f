"""Times and places in the forms that cameras, phones and editors write."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from foveal.probe import Facts, MemorySource, probe
from foveal.probe.metadata.times import parse_offset, parse_time
from tests.unit.probe.movies import every_movie
from tests.unit.probe.pictures import exif, picture, saved
from tests.unit.probe.test_hostile import box

_LOCAL = datetime(2022, 10, 2, 16, 18, 17)  # noqa: DTZ001  the camera's own clock


@pytest.mark.parametrize(
    "text",
    [
        "2022:10:02 16:18:17",
        "2022-10-02 16:18:17",
        "2022/10/02 16:18:17",
        "2022.10.02 16:18:17",
        "2022-10-02T16:18:17",
        "2022:10:02T16:18:17",
        "2022:10: 2 16:18:17",
        "2022:10:02 4:18:17 PM",
        "2022-10-02 04:18:17pm",
        "20221002T161817",
    ],
)
def test_time_is_that_of_the_camera_in_every_form_of_the_date(text: str) -> None:
    assert parse_time(text) == _LOCAL


@pytest.mark.parametrize(
    ("zone", "hours"),
    [
        ("+0000", 0),
        ("Z", 0),
        (" Z", 0),
        ("+02:00", 2),
        ("-0700", -7),
        (" +0530", 5.5),
        ("+09", 9),
        (" UTC", 0),
        (" GMT+01:00", 1),
    ],
)
def test_time_is_an_instant_when_a_zone_is_appended(zone: str, hours: float) -> None:
    found = parse_time(f"2022:10:02 16:18:17{zone}")
    assert found == _LOCAL.replace(tzinfo=timezone(timedelta(hours=hours)))


@pytest.mark.parametrize("text", ["2022-10-02T16:18:17.25Z", "2022:10:02 16:18:17.250+0000"])
def test_time_has_its_fraction_and_zone_when_both_are_appended(text: str) -> None:
    assert parse_time(text) == _LOCAL.replace(tzinfo=UTC, microsecond=250_000)


def test_fields_of_their_own_win_over_what_is_appended() -> None:
    found = parse_time("2022:10:02 16:18:17.9Z", "5", "+01:00")
    assert found == _LOCAL.replace(microsecond=500_000, tzinfo=timezone(timedelta(hours=1)))


@pytest.mark.parametrize(
    "text", ["02/10/2022 16:18:17", "2022-10:02 16:18:17", "2022-10-02", "2022-10-02Tnoon", "2022:10:02 16:18 PM"]
)
def test_time_is_absent_when_its_parts_are_ambiguous_or_missing(text: str) -> None:
    assert parse_time(text) is None


@pytest.mark.parametrize(("text", "minutes"), [("+0530", 330), ("-03", -180), ("+14:00", 840)])
def test_offset_is_read_without_a_colon(text: str, minutes: int) -> None:
    assert parse_offset(text) == timezone(timedelta(minutes=minutes))


def test_photo_states_its_zone_when_an_editor_appended_it() -> None:
    block = exif()
    block.get_ifd(0x8769)[0x9003] = "2025-01-14T18:31:30+0100"
    document = probe(MemorySource(saved(picture(), "jpeg", exif=block))).document()
    assert document["captured_at"].isoformat() == "2025-01-14T17:31:30+00:00"
    assert document["captured_at_offset_minutes"] == 60


def _movie_at(position: bytes) -> Facts:
    data = every_movie()["mp4"]
    at = data.index(b"moov") - 4
    tag = box(b"udta", box(b"\xa9xyz", len(position).to_bytes(2, "big") + b"\x15\xc7" + position))
    size = int.from_bytes(data[at : at + 4], "big")
    return probe(MemorySource(data[:at] + (size + len(tag)).to_bytes(4, "big") + data[at + 4 : at + size] + tag))


@pytest.mark.parametrize(
    ("position", "location", "altitude"),
    [
        (b"+48.8584+002.2945+035.5/", (2.2945, 48.8584), 35.5),
        (b"+4851.504+00217.670/", (2.29450000, 48.8584), None),
        (b"+485130.24+0021740.2/", (2.29450000, 48.8584), None),
        (b"-3351.4-15112.5-12/", (-151.20833333, -33.85666667), -12.0),
        (b"+00-000/", (0.0, 0.0), None),
        (b"+48,8584+002,2945/", (2.2945, 48.8584), None),
        (b"-335124-1511230/", (-151.20833333, -33.85666667), None),
    ],
)
def test_location_is_read_in_degrees_minutes_and_seconds(
    position: bytes, location: tuple[float, float], altitude: float | None
) -> None:
    facts = _movie_at(position)
    assert facts.location == pytest.approx(location, abs=1e-7)
    assert facts.altitude_metres == altitude


@pytest.mark.parametrize("position", [b"+9100+00000/", b"+4861.0+00217.0/", b"+4851.5+002/", b"+48+181/", b"48.8+2.2/"])
def test_location_is_absent_when_its_text_is_none(position: bytes) -> None:
    assert _movie_at(position).location is None
