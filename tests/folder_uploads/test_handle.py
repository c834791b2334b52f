"""Uploads of folders by the client's handle, in threads and with asyncio."""

import asyncio
import time
from pathlib import Path

import pytest

from foveal.client import AsyncFoveal, Foveal
from foveal.client.errors import APIError
from foveal.client.folders import State, UploadSettings
from tests.folder_uploads.running import PART_BYTES, folder_of, held
from tests.folder_uploads.service import Line, Service, served
from tests.folder_uploads.test_pace import many


@pytest.fixture(autouse=True)
def _state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("HOME", str(tmp_path))


def test_handle_yields_each_outcome_and_the_sum(tmp_path: Path) -> None:
    root = folder_of(tmp_path / "photos", 30, seed=1)
    with served(Service()) as service, Foveal(service.url, "token") as client:
        running = client.project("zoo").upload_folder(root, UploadSettings(tags=("summer",)))
        outcomes = list(running)
        summary = running.result()
        assert {each.path for each in outcomes if each.state is State.DONE} == set(held(root))
        assert (summary.done, summary.exit_code, running.is_running) == (31, 0, False)
        assert list(running) == []
        assert client.project("zoo").upload_folder(str(root)).result().skipped == 31
        assert service.stored() == held(root)
        assert {tuple(each.item["tags"]) for each in service.uploads.values()} == {("summer",)}


def test_handle_can_be_awaited_and_iterated_over_by_asyncio(tmp_path: Path) -> None:
    root = folder_of(tmp_path / "photos", 10, seed=1)

    async def run(url: str) -> None:
        async with AsyncFoveal(url, "token") as client:
            running = client.project("zoo").upload_folder(root)
            assert [each.state async for each in running] == [State.DONE] * 11
            assert (await running).done == 11

    with served(Service()) as service:
        asyncio.run(run(service.url))


def test_handle_stops_and_the_next_call_goes_on(tmp_path: Path) -> None:
    root = many(tmp_path / "photos", 60, 50_000)
    with served(Service(line=Line(1_000_000))) as service, Foveal(service.url, "token") as client:
        running = client.project("zoo").upload_folder(root, UploadSettings(max_connections=2))
        next(iter(running))
        running.stop()
        assert running.result().is_interrupted
        again = client.project("zoo").upload_folder(root)
        assert again.result().failed == 0
        assert len(service.stored()) == 60


def test_limit_of_the_handle_changes_while_files_are_sent(tmp_path: Path) -> None:
    root = many(tmp_path / "photos", 40, 50_000)
    with served(Service()) as service, Foveal(service.url, "token") as client:
        running = client.project("zoo").upload_folder(root, UploadSettings(max_bytes_per_second=100_000))
        time.sleep(0.5)
        assert running.is_running
        assert running.rate() == 100_000
        running.limit(None)
        started = time.monotonic()
        assert running.result().done == 40
        assert time.monotonic() - started < 15  # 20 s at the first limit


def test_handle_raises_the_error_that_ended_the_upload(tmp_path: Path) -> None:
    root = folder_of(tmp_path / "photos", 3, seed=1)
    with served(Service()) as service, Foveal(service.url, "token") as client:
        running = client.project("another").upload_folder(root)
        with pytest.raises(APIError, match="opens no project another"):
            list(running)
        with pytest.raises(APIError):
            running.result()


def test_progress_counts_acknowledged_parts_of_open_files(tmp_path: Path) -> None:
    root = folder_of(tmp_path / "photos", 0, seed=1)
    size = (root / "film 0.mp4").stat().st_size
    with served(Service(line=Line(30_000))) as service, Foveal(service.url, "token") as client:
        settings = UploadSettings(part_bytes=PART_BYTES, max_connections=1)
        running = client.project("zoo").upload_folder(root, settings)
        seen = []
        while running.is_running:
            seen.append(running.progress)
            time.sleep(0.02)
        assert running.result().done == 1
    between = [each for each in seen if 0 < each.sent_bytes < size]
    assert between
    assert all(each.sent_bytes % PART_BYTES == 0 and each.done == 0 and each.is_walked for each in between)
    assert all(each.sent_bytes + each.left_bytes == size for each in between)
