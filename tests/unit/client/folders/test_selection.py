"""Selection of files by a list, the limit by time of day, and rows of the sidecar that name nothing."""

import os
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from foveal.client.folders import State, UploadSettings, upload_folder
from foveal.client.folders.journal import Journal
from foveal.client.folders.limits import parse_limit
from foveal.client.folders.sidecar import read_sidecar
from foveal.client.folders.walk import FoundFile, LeftOut, walk
from tests.unit.client.folders.faulty_service import Service, served


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name in ("a.jpg", "day/b.jpg", "day/.hidden/c.jpg", "raw/d.jpg"):
        (tmp_path / "photos" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "photos" / name).write_bytes(b"x")
    return tmp_path / "photos"


def given(root: Path, *paths: str, **settings: Any) -> list[tuple[str, str | None]]:
    """Return for each path of a list how it ends: taken, excluded (None) or left out with the reason."""
    found = walk(root, UploadSettings(paths=paths, **settings))
    return [(each.relative, "taken" if isinstance(each, FoundFile) else each.reason) for each in found]


def test_paths_of_a_list_are_taken_in_its_order_in_place_of_a_walk(root: Path) -> None:
    assert given(root, "raw/d.jpg", "a.jpg") == [("raw/d.jpg", "taken"), ("a.jpg", "taken")]


def test_patterns_and_hidden_folders_hold_for_paths_of_a_list(root: Path) -> None:
    (root / ".fovealignore").write_text("raw/\n")
    assert given(root, "raw/d.jpg", "day/.hidden/c.jpg", "day/b.jpg", exclude=("b.*",)) == [
        *[("raw/d.jpg", None), ("day/.hidden/c.jpg", None), ("day/b.jpg", None)]
    ]
    assert given(root, "day/.hidden/c.jpg", hidden=True) == [("day/.hidden/c.jpg", "taken")]


@pytest.mark.parametrize("path", ["../secret.jpg", "/etc/passwd", "day/../../secret.jpg", "", "./a.jpg", "a\0.jpg"])
def test_path_of_a_list_that_leads_out_of_the_folder_is_left_out(root: Path, path: str) -> None:
    (root.parent / "secret.jpg").write_bytes(b"secret")
    ((_, reason),) = given(root, path)
    assert str(reason).startswith("not a path within the folder")


def test_path_of_a_list_through_a_link_is_left_out(root: Path, tmp_path: Path) -> None:
    (tmp_path / "secret.jpg").write_bytes(b"secret")
    (root / "out").symlink_to(tmp_path)
    (root / "link.jpg").symlink_to(tmp_path / "secret.jpg")
    assert dict(given(root, "out/secret.jpg", "link.jpg", "gone.jpg")) == {
        "out/secret.jpg": "Not a directory",
        "link.jpg": "a symbolic link",
        "gone.jpg": "No such file or directory",
    }
    assert given(root, "out/secret.jpg", follow=True) == [("out/secret.jpg", "taken")]


def test_folder_that_is_left_out_is_named_and_not_entered(root: Path) -> None:
    assert LeftOut("raw", None) in [*walk(root, UploadSettings(exclude=("raw/",)))]


@pytest.mark.parametrize(
    ("at", "rate"),
    [("00:00", None), ("07:59", None), ("08:00", 1_000_000), ("18:29", 1_000_000), ("18:30", None), ("23:59", None)],
)
def test_timetable_holds_from_each_time_of_day_over_midnight(at: str, rate: int | None) -> None:
    now = datetime.fromisoformat(f"2026-11-29T{at}:00")
    limit = parse_limit("18:30,off 08:00,1MB", now=lambda: now)
    assert callable(limit)
    assert limit() == rate


def test_limit_without_a_time_always_holds() -> None:
    assert parse_limit("500KB") == 500_000
    assert parse_limit("off") is None


@pytest.mark.parametrize("text", ["", "fast", "8:00,1MB", "08:00,", "25:00,1MB", "08:00,1MB 08:00,2MB", "08:00,1MB x"])
def test_limit_of_another_form_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_limit(text)


def test_timetable_follows_the_clock() -> None:
    now = [datetime.fromisoformat("2026-11-29T07:00:00")]
    limit = parse_limit("08:00,2MB 09:00,3MB", now=lambda: now[0])
    assert callable(limit)
    seen = []
    for _ in range(4):
        seen.append(limit())
        now[0] += timedelta(hours=1)
    assert seen == [3_000_000, 2_000_000, 3_000_000, 3_000_000]


def test_rows_of_the_sidecar_that_name_no_file_are_counted(root: Path, tmp_path: Path) -> None:
    (root / "cafe\u0301.jpg").write_bytes(b"y")
    table = tmp_path / "a.csv"
    table.write_text("path,site\na.jpg,north\ncaf\u00e9.jpg,south\nday/typo.jpg,east\n")
    journal = Journal(tmp_path / "journal.db")
    outcomes: list[Any] = []
    with served(Service()) as service:
        api: Any = service
        settings = UploadSettings(sidecar=read_sidecar(table))
        summary = upload_folder(api, "zoo", root, journal, settings, outcomes.append)
        items = {each["item"]["attributes"]["path"]: each["item"] for each in service.uploads.values()}
    journal.close()
    assert summary.unused_rows == 1
    assert {each.state for each in outcomes} == {State.DONE}
    assert items["caf\u00e9.jpg"]["attributes"]["site"] == "south"


def test_list_of_paths_keeps_bytes_that_are_no_utf8(root: Path) -> None:
    name = os.fsdecode(b"bad\xff.jpg")
    (root / name).write_bytes(b"x")
    assert given(root, name) == [(name, "taken")]
