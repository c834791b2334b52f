"""Uploads of folders over real HTTP: every file arrives as it is or has its reason, whatever fails on the way."""

import os
import random
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from foveal.client.errors import APIError
from foveal.client.files import media_type
from foveal.client.folders import Outcome, State, Summary, UploadSettings, upload_folder, verify_folder
from foveal.client.folders import content as contents
from foveal.client.folders.journal import Journal
from foveal.client.folders.pipeline.transfers import OTHER_OPTIONS
from foveal.client.folders.walk import FoundFile, LeftOut, walk
from tests.unit.client.folders.faulty_service import Service, served

FILES = 60
PART = 5 * 1024 * 1024


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("foveal.client.folders.sending.MAX_WAIT_SECONDS", 0.01)
    monkeypatch.setattr("foveal.client.folders.pipeline.run.CHANGE_PAUSE_SECONDS", 0.1)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of small files in folders, and one of two parts."""
    root, chance = tmp_path / "photos", random.Random(7)
    for number in range(FILES):
        path = root / f"day {number % 7}" / f"img_{number:03}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(chance.randbytes(chance.randrange(1, 20_000)))
    (root / "film.mp4").write_bytes(chance.randbytes(PART + 1234))
    return root


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    journal = Journal(tmp_path / "journal.db")
    yield journal
    journal.close()


def reopened(journal: Journal, tmp_path: Path) -> Journal:
    """Return the journal as the next run finds it."""
    journal.close()
    return Journal(tmp_path / "journal.db")


def upload(service: Service, folder: Path, journal: Journal, **settings: Any) -> tuple[Summary, list[Outcome]]:
    outcomes: list[Outcome] = []
    api: Any = service
    chosen = UploadSettings(part_bytes=PART, max_connections=8, **settings)
    summary = upload_folder(api, "zoo", folder, journal, chosen, outcomes.append)
    assert summary.is_complete
    assert len(outcomes) == summary.found
    return summary, outcomes


def held(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_every_file_arrives_once_and_a_second_run_asks_nothing(folder: Path, journal: Journal, tmp_path: Path) -> None:
    with served(Service()) as service:
        summary, _ = upload(service, folder, journal)
        assert (summary.found, summary.done, summary.exit_code) == (FILES + 1, FILES + 1, 0)
        assert service.stored() == held(folder)
        assert service.received_bytes == summary.sent_bytes == sum(map(len, held(folder).values()))
        begins = len(service.begins)
        next_journal = reopened(journal, tmp_path)
        again, _ = upload(service, folder, next_journal)
        next_journal.close()
        assert (again.skipped, again.sent_bytes, len(service.begins)) == (FILES + 1, 0, begins)


def test_nothing_is_sent_again_when_the_journal_is_lost(folder: Path, journal: Journal, tmp_path: Path) -> None:
    with served(Service()) as service:
        upload(service, folder, journal)
        received = service.received_bytes
        other = Journal(tmp_path / "other.db")
        summary, _ = upload(service, folder, other)
        other.close()
        assert (summary.skipped, service.received_bytes) == (FILES + 1, received)
        assert len(service.uploads) == FILES + 1


@pytest.mark.parametrize("seed", range(8))
def test_every_file_arrives_when_a_third_of_all_requests_fails(folder: Path, journal: Journal, seed: int) -> None:
    with served(Service(seed, chance=0.33)) as service:
        summary, outcomes = upload(service, folder, journal)
        failed = {each.path: each.reason for each in outcomes if each.state is State.FAILED}
        assert all(failed.values())
        arrived = service.stored()
        for path, data in held(folder).items():
            if path not in failed:
                assert arrived[path] == data
        assert summary.done >= FILES * 0.9
        assert len(service.uploads) == FILES + 1
        while summary.failed:  # the same command goes on where this one ended
            service.chance = 0.0
            summary, _ = upload(service, folder, journal)
        assert service.stored() == held(folder)


def test_object_that_is_there_already_is_done_when_the_answer_to_its_put_was_lost(
    folder: Path, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.unit.client.folders.faulty_service.FAULTS", ("none", "hang up after"))
    monkeypatch.setattr("foveal.client.folders.sending.MAX_TRIES", 50)  # seven would fail by chance in one run of ten
    with served(Service(chance=0.4)) as service:
        summary, _ = upload(service, folder, journal)
        assert (summary.done, summary.failed) == (FILES + 1, 0)
        assert service.faults["hang up after"] > 5


def test_only_missing_parts_are_sent_when_an_earlier_run_ended_in_the_middle(folder: Path, journal: Journal) -> None:
    with served(Service()) as service:
        settings = {"include": ("film.mp4",)}
        upload(service, folder, journal, **settings)
        upload_ = next(iter(service.uploads.values()))
        service.objects.clear()
        del upload_["parts"][2]
        received = service.received_bytes
        summary, _ = upload(service, folder, journal, ignore_journal=True, **settings)
        assert summary.done == 1
        assert service.received_bytes - received == 1234
        assert service.stored()["film.mp4"] == (folder / "film.mp4").read_bytes()


def test_file_that_changes_while_it_is_sent_arrives_in_one_of_its_states(
    folder: Path, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, blocks = folder / "film.mp4", contents.blocks
    states = [path.read_bytes()]

    def changing(content: Any, start: int, size_bytes: int) -> Iterator[bytes | memoryview]:
        if content.file.relative == "film.mp4" and len(states) == 1:
            states.append(b"new" * 1000)
            path.write_bytes(states[1])
        yield from blocks(content, start, size_bytes)

    monkeypatch.setattr("foveal.client.folders.sending.blocks", changing)
    with served(Service()) as service:
        summary, _ = upload(service, folder, journal)
        assert (summary.failed, summary.done) == (0, FILES + 1)
        assert service.stored()["film.mp4"] in states


def test_file_that_is_emptied_while_it_is_sent_is_reported_and_not_sent(
    folder: Path, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, blocks = folder / "film.mp4", contents.blocks

    def emptying(content: Any, start: int, size_bytes: int) -> Iterator[bytes | memoryview]:
        if content.file.relative == "film.mp4":
            path.write_bytes(b"")
        yield from blocks(content, start, size_bytes)

    monkeypatch.setattr("foveal.client.folders.sending.blocks", emptying)
    with served(Service()) as service:
        summary, _ = upload(service, folder, journal)
        assert (summary.done, summary.exit_code) == (FILES, 6)
        assert "film.mp4" not in service.stored()


def test_file_that_was_begun_with_other_tags_says_so(folder: Path, journal: Journal) -> None:
    class Conflicting(Service):
        def begin_uploads(self, project: str, **_: Any) -> dict[str, Any]:
            assert project == "zoo"
            return {"uploads": [{"problem": {"code": "IdempotencyConflict", "detail": "choose a new one"}}]}

    with served(Conflicting()) as service:
        _, outcomes = upload(service, folder, journal, include=("film.mp4",))
    assert [each.reason for each in outcomes if each.state is State.FAILED] == [OTHER_OPTIONS]


def test_refused_file_has_the_reason_of_the_api_and_the_others_go_on(folder: Path, journal: Journal) -> None:
    (folder / "refused.jpg").write_bytes(b"x")
    with served(Service()) as service:
        summary, outcomes = upload(service, folder, journal)
    failed = [each for each in outcomes if each.state is State.FAILED]
    assert [(each.path, each.code) for each in failed] == [("refused.jpg", "UnsupportedMediaType")]
    assert (summary.done, summary.exit_code) == (FILES + 1, 7)


def test_file_that_is_no_media_is_skipped_with_its_reason(folder: Path, journal: Journal) -> None:
    (folder / "notes.txt").write_text("x")
    (folder / "empty.jpg").write_bytes(b"")
    (folder / "link.jpg").symlink_to(folder / "film.mp4")
    (folder / ".hidden.jpg").write_bytes(b"x")
    with served(Service()) as service:
        summary, _ = upload(service, folder, journal)
    assert dict(summary.reasons) == {"no image or video by its name": 1, "an empty file": 1, "a symbolic link": 1}
    assert (summary.skipped, summary.excluded, summary.exit_code) == (3, 1, 0)


def test_caller_without_the_role_is_refused_before_anything_is_read(folder: Path, journal: Journal) -> None:
    with pytest.raises(APIError, match="needs the role editor"):
        upload(Service(role="viewer"), folder, journal)


def test_run_ends_when_the_api_refuses_the_caller_in_the_middle(folder: Path, journal: Journal) -> None:
    class Expiring(Service):
        def begin_uploads(self, project: str, **options: Any) -> dict[str, Any]:
            if self.begins:
                raise APIError("Unauthorized", 401, "expired", {})
            return super().begin_uploads(project, **options)

    with served(Expiring()) as service, pytest.raises(APIError, match="expired"):
        upload(service, folder, journal)


def test_stopped_run_finishes_what_is_open_and_the_next_one_the_rest(folder: Path, journal: Journal) -> None:
    stop = threading.Event()
    with served(Service()) as service:
        api: Any = service
        settings = UploadSettings(part_bytes=PART, max_connections=2)
        summary = upload_folder(api, "zoo", folder, journal, settings, lambda _: stop.set(), stop)
        assert summary.is_interrupted
        assert summary.is_complete
        assert summary.exit_code == 130
        upload(service, folder, journal)
        assert service.stored() == held(folder)


def test_tags_and_attributes_of_the_sidecar_stand_on_the_item(folder: Path, journal: Journal) -> None:
    sidecar = {"film.mp4": {"tags": ["film", "all"], "attributes": {"site": "north"}}}
    with served(Service()) as service:
        upload(service, folder, journal, tags=("all",), sidecar=sidecar)
        items = {each["item"]["attributes"]["path"]: each["item"] for each in service.uploads.values()}
    assert items["film.mp4"]["tags"] == ["all", "film"]
    assert items["film.mp4"]["attributes"] == {"path": "film.mp4", "site": "north"}
    assert items["day 0/img_000.jpg"]["tags"] == ["all"]


def test_verification_names_what_is_missing_or_other(folder: Path, journal: Journal) -> None:
    with served(Service()) as service:
        upload(service, folder, journal)
        (folder / "new.jpg").write_bytes(b"new")
        path = folder / "day 0" / "img_000.jpg"
        path.write_bytes(path.read_bytes()[:-1] + b"?")
        outcomes: list[Outcome] = []
        api: Any = service
        summary = verify_folder(api, "zoo", folder, UploadSettings(), outcomes.append)
    assert {each.path for each in outcomes if each.state is State.FAILED} == {"new.jpg", "day 0/img_000.jpg"}
    assert (summary.done, summary.exit_code) == (FILES, 1)


def test_file_is_not_sent_when_a_link_takes_its_place_after_the_walk(
    folder: Path, journal: Journal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    private, path = tmp_path / "private", folder / "film.mp4"
    private.write_bytes(b"secret")

    def swapped(root: Path, settings: UploadSettings) -> Iterator[FoundFile | LeftOut]:
        found = list(walk(root, settings))
        path.unlink()
        path.symlink_to(private)
        yield from found

    monkeypatch.setattr("foveal.client.folders.uploader.walk", swapped)
    with served(Service()) as service:
        summary, _ = upload(service, folder, journal)
        assert (summary.done, summary.failed) == (FILES, 1)
        assert b"secret" not in service.stored().values()


def test_file_is_not_sent_when_a_link_of_the_same_size_and_time_takes_its_place(tmp_path: Path) -> None:
    private, path = tmp_path / "private", tmp_path / "folder" / "a.jpg"
    path.parent.mkdir()
    private.write_bytes(b"secret")
    path.write_bytes(b"public")
    os.utime(path, ns=(0, private.stat().st_mtime_ns))
    (found,) = walk(path.parent, UploadSettings())
    assert isinstance(found, FoundFile)
    path.rename(tmp_path / "kept")
    path.symlink_to(private)
    with pytest.raises(contents.FileChangedError):
        contents.read_content(found, keep_bytes=100)


def test_ignore_file_of_another_encoding_is_obeyed(tmp_path: Path) -> None:
    (tmp_path / ".fovealignore").write_bytes(b"caf\xe9.jpg\n")
    (tmp_path / os.fsdecode(b"caf\xe9.jpg")).write_bytes(b"x")
    assert [type(each) for each in walk(tmp_path, UploadSettings(hidden=True, exclude=(".foveal*",)))] == [LeftOut] * 2


@pytest.mark.parametrize("name", ["data:,1.jpg", "data:text/html,1.jpg", "a:b#c.jpg", "file:x?y.jpg", "1.jpg"])
def test_media_type_is_that_of_the_ending_when_a_name_looks_like_a_url(name: str) -> None:
    assert media_type(name) == "image/jpeg"


def test_journal_stays_in_its_place_when_it_is_locked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "journal.db"
    Journal(path).close()

    def locked(*_: object, **__: object) -> None:
        raise sqlite3.OperationalError("database is locked")

    monkeypatch.setattr("sqlite3.connect", locked)
    with pytest.raises(sqlite3.OperationalError):
        Journal(path)
    assert path.exists()
