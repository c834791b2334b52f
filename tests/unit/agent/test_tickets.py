"""Uploads through the API over real HTTP: faults of S3, parts that are resumed, login pages in place of S3."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from foveal.agent.agent import Agent
from foveal.agent.uplink import senders
from foveal.agent.uplink.tickets import TicketRoute
from foveal.client.errors import APIError
from foveal.client.folders.pacing import Gate, Throttle
from foveal.client.folders.sending import Sender
from tests.unit.agent.devices import device, settings, take
from tests.unit.client.folders import faulty_service
from tests.unit.client.folders.faulty_service import Service, served

PART = 5 * 1024 * 1024


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("foveal.client.folders.sending.MAX_WAIT_SECONDS", 0.01)
    monkeypatch.setattr(senders, "jitter", lambda _: 0.0)


@pytest.fixture
def agent(tmp_path: Path) -> Iterator[Agent]:
    (tmp_path / "inbox").mkdir()
    agent = device(settings(tmp_path, sending={"part_size": PART}))
    yield agent
    agent.queue.close()


def fill(agent: Agent, files: dict[str, bytes]) -> None:
    for name, data in files.items():
        (agent.inboxes[0].folder.path / name).write_bytes(data)
        take(agent)


def drain(agent: Agent, service: Service, *, is_accelerated: bool = False) -> None:
    api: Any = service
    way = TicketRoute(api, Sender(Gate(2), Throttle(lambda: None)), is_accelerated=is_accelerated)
    while agent.senders.send_batch(way):
        pass
    way.close()


@pytest.mark.parametrize("seed", range(4))
def test_every_file_arrives_when_a_third_of_all_requests_fails(agent: Agent, seed: int) -> None:
    files = {f"{number}.jpg": bytes([number]) * 3000 for number in range(1, 30)}
    fill(agent, files)
    with served(Service(seed, chance=0.33)) as service:
        drain(agent, service)
        assert service.stored() == files
    assert agent.queue.counts()["done"]["files"] == len(files)


def test_only_missing_parts_are_sent_when_the_line_was_cut(agent: Agent) -> None:
    film = b"a" * PART + b"b" * PART + b"c" * 1234
    fill(agent, {"film.mp4": film})
    with served(Service()) as service:
        real, calls = service.sign_parts, []

        def cut(upload_id: str, *, part_numbers: list[int]) -> dict[str, Any]:
            calls.append(part_numbers)
            answer = real(upload_id, part_numbers=part_numbers)
            if len(calls) == 1:  # the last part has nowhere to go
                answer["parts"][-1]["url"] = "http://127.0.0.1:9/?t=1"
            return answer

        service.sign_parts = cut  # type: ignore[method-assign]
        drain(agent, service)
        assert service.stored() == {"film.mp4": film}
        assert service.received_bytes == len(film)
        assert calls == [[1, 2, 3], [3]]


@pytest.mark.parametrize("is_on", [True, False])
def test_acceleration_is_asked_for_and_done_without_where_it_is_off(agent: Agent, is_on: bool) -> None:
    fill(agent, {"a.jpg": b"some", "film.mp4": b"x" * (PART + 1)})
    asked = []
    with served(Service()) as service:
        begin, sign = service.begin_uploads, service.sign_parts

        def begin_uploads(project: str, *, accelerate: bool | None = None, **more: Any) -> dict[str, Any]:
            asked.append(accelerate)
            if accelerate and not is_on:
                raise APIError("InvalidRequest", 400, "this deployment has Transfer Acceleration off", {})
            return begin(project, **more)

        def sign_parts(upload_id: str, *, accelerate: bool | None = None, **more: Any) -> dict[str, Any]:
            asked.append(accelerate)
            return sign(upload_id, **more)

        service.begin_uploads, service.sign_parts = begin_uploads, sign_parts  # type: ignore[method-assign]
        drain(agent, service, is_accelerated=True)
        assert service.stored().keys() == {"a.jpg", "film.mp4"}
    assert asked == ([True, True] if is_on else [True, None, None])


def test_login_page_in_place_of_s3_is_no_upload(agent: Agent, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(agent, {"a.jpg": b"some"})
    put, statuses = faulty_service._Handler.do_PUT, [200, 302, 511] * 3

    def portal(handler: Any) -> None:
        if not statuses:
            put(handler)
            return
        handler.rfile.read(int(handler.headers["content-length"]))
        handler._answer(statuses.pop(), b"<html>Welcome, please sign in</html>")

    monkeypatch.setattr(faulty_service._Handler, "do_PUT", portal)
    with served(Service()) as service:
        drain(agent, service)
        assert service.stored() == {"a.jpg": b"some"}
    assert agent.queue.counts()["done"]["files"] == 1
