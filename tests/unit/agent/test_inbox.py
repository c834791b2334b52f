"""Folders that are watched: which files are complete, by the kernel's reports and by looking twice."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from foveal.agent.inbox import MAX_HINTS, Inbox
from foveal.agent.queue import State
from foveal.agent.settings import Folder
from tests.unit.agent.devices import device, settings, take

OWN_ATTRIBUTES = {"k": 2, "site": "north", "captured_at": "2020-01-01T00:00:00Z"}


class Watched:
    """A folder, its inbox, and a clock that the test moves."""

    def __init__(self, root: Path, **changes: Any) -> None:
        self.root, self.now = root, 0.0
        self.inbox = Inbox(Folder(path=root, settle_seconds=10, **changes), lambda: self.now)

    def look(self, at: float) -> list[str]:
        self.now = at
        return [each.file.relative for each in self.inbox.arrivals()]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "inbox").mkdir()
    return tmp_path


def test_file_is_taken_when_two_looks_show_the_same(tmp_path: Path) -> None:
    watched, path = Watched(tmp_path, watch="poll"), tmp_path / "a.jpg"
    path.write_bytes(b"some")
    assert watched.look(0) == []
    path.write_bytes(b"some more")
    assert watched.look(11) == []
    assert watched.look(15) == []
    assert watched.look(22) == ["a.jpg"]


def test_reported_file_is_taken_at_once(tmp_path: Path) -> None:
    watched = Watched(tmp_path)
    watched.look(0)
    (tmp_path / "a.jpg").write_bytes(b"some")
    watched.inbox.hint(str(tmp_path / "a.jpg"))
    assert watched.look(1) == ["a.jpg"]


@pytest.mark.parametrize(
    "name",
    ["a.jpg.tmp", "a.part", "a.jpg.crdownload", ".hidden.jpg", "a.jpg~", "notes.txt", "a.jpg.json", ".folder/a.jpg"],
)
def test_unfinished_hidden_and_other_files_are_not_taken(tmp_path: Path, name: str) -> None:
    watched, path = Watched(tmp_path, watch="poll"), tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b"some")
    watched.inbox.hint(str(path))
    assert watched.look(0) + watched.look(11) + watched.look(22) == []


def test_empty_files_links_and_other_kinds_are_not_taken(tmp_path: Path) -> None:
    watched = Watched(tmp_path / "in", watch="poll")
    (tmp_path / "in").mkdir()
    (tmp_path / "secret.jpg").write_bytes(b"secret")
    (tmp_path / "in/link.jpg").symlink_to(tmp_path / "secret.jpg")
    (tmp_path / "in/empty.jpg").touch()
    os.mkfifo(tmp_path / "in/pipe.jpg")
    for name in ("link.jpg", "empty.jpg", "pipe.jpg"):
        watched.inbox.hint(str(tmp_path / "in" / name))
    assert watched.look(0) + watched.look(11) + watched.look(22) == []


def test_files_of_subfolders_are_taken_with_their_path(tmp_path: Path) -> None:
    watched = Watched(tmp_path, watch="poll")
    (tmp_path / "day/night").mkdir(parents=True)
    (tmp_path / "day/night/a.jpg").write_bytes(b"some")
    watched.look(0)
    assert watched.look(11) == ["day/night/a.jpg"]


def test_folder_is_scanned_when_there_are_more_reports_than_are_kept(tmp_path: Path) -> None:
    watched = Watched(tmp_path)
    watched.look(0)
    (tmp_path / "a.jpg").write_bytes(b"some")
    for number in range(MAX_HINTS + 1):
        watched.inbox.hint(f"{tmp_path}/absent-{number}.jpg")
    assert watched.look(1) == []
    assert watched.look(12) == ["a.jpg"]


def test_folder_that_disappears_is_looked_for_and_found_again(tmp_path: Path) -> None:
    root = tmp_path / "stick"
    watched = Watched(root)
    assert watched.look(0) == []
    assert watched.inbox.is_missing
    root.mkdir()
    (root / "a.jpg").write_bytes(b"some")
    watched.look(11)
    assert not watched.inbox.is_missing
    assert watched.look(22) == ["a.jpg"]


def test_sidecar_gives_tags_and_attributes_and_goes_with_its_file(root: Path) -> None:
    folder = {"path": root / "inbox", "watch": "poll", "settle_seconds": 0.001, "tags": ["all"], "attributes": {"k": 1}}
    agent = device(settings(root, folders=[folder]))
    (root / "inbox/a.jpg").write_bytes(b"some")
    (root / "inbox/a.jpg.json").write_text(json.dumps({"tags": ["own"], "attributes": OWN_ATTRIBUTES}))
    take(agent)
    (item,) = agent.queue.in_states([State.WAITING])
    assert item.document["tags"] == ["all", "own"]
    attributes = item.document["attributes"]
    shown = {name: attributes[name] for name in (*OWN_ATTRIBUTES, "path", "device")}
    assert shown == {**OWN_ATTRIBUTES, "path": "a.jpg", "device": "cam7"}
    assert list((root / "inbox").iterdir()) == []


@pytest.mark.parametrize("text", ["{", "[]", '{"tag": []}', '{"tags": "a"}', '{"attributes": []}', "\xff"])
def test_file_with_a_wrong_sidecar_stays_and_is_noted_once(root: Path, text: str) -> None:
    agent = device(settings(root))
    (root / "inbox/a.jpg").write_bytes(b"some")
    (root / "inbox/a.jpg.json").write_text(text, encoding="latin-1")
    assert take(agent) + take(agent) == 0
    assert (root / "inbox/a.jpg").exists()
    (event,) = agent.queue.events(5)
    assert event["kind"] == "refused"
    assert "a.jpg.json" in event["detail"]
    (root / "inbox/a.jpg.json").unlink()
    assert take(agent) == 1
