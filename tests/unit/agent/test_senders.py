"""Sending: in order, through bad lines, login pages and refusals; one file that fails holds up no other."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from foveal.agent.agent import Agent
from foveal.agent.queue import State
from foveal.agent.uplink import senders
from foveal.agent.uplink.backoff import MAX_SECONDS, Backoff, jitter
from foveal.client.errors import APIError, NetworkError
from foveal.client.folders.sending import SendError, TicketExpiredError
from tests.unit.agent.devices import Service, device, drain, route, settings, take


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "inbox").mkdir()
    return tmp_path


def filled(root: Path, *names: str, size_bytes: int = 5, **changes: Any) -> Agent:
    """Return an agent with files that wait, in this order."""
    agent = device(settings(root, **changes))
    for name in names:
        (root / "inbox" / name).write_bytes(b"x" * size_bytes)
        take(agent)
    return agent


def sent(service: Service) -> list[str]:
    return [service.begun[key]["file_name"] for key in service.order]


class Faulty(Service):
    """A service that fails in one way until the test mends it."""

    def __init__(self, in_begin: Exception | None = None, in_send: dict[str, Exception] | None = None) -> None:
        super().__init__()
        self.in_begin, self.in_send, self.begins = in_begin, in_send or {}, 0

    def begin_uploads(self, project: str, *, uploads: list[dict[str, Any]]) -> dict[str, Any]:
        self.begins += 1
        if self.in_begin is not None:
            raise self.in_begin
        return super().begin_uploads(project, uploads=uploads)

    def send(self, content: Any, start: int, size_bytes: int, url: str, headers: Any) -> None:
        error = self.in_send.get(content.file.relative)
        if error is not None:
            raise error
        super().send(content, start, size_bytes, url, headers)


HELD_UP = {
    "no line": (NetworkError("connection refused"), "offline"),
    "login page": (APIError("HTTP200", 200, "<html>", {}), "offline"),
    "redirect": (APIError("HTTP302", 302, "elsewhere", {}), "offline"),
    "sign-in needed": (APIError("HTTP511", 511, "<html>", {}), "offline"),
    "revoked": (APIError("HTTP401", 401, "Unauthorized", {}), "refused"),
    "no role": (APIError("NoSuchProject", 404, "no project zoo", {}), "refused"),
    "overloaded": (APIError("ServiceUnavailable", 503, "later", {}), "unavailable"),
}


@pytest.mark.parametrize("case", HELD_UP)
def test_failure_of_the_service_is_no_fault_of_a_file(root: Path, case: str) -> None:
    error, state = HELD_UP[case]
    agent, service = filled(root, "a.jpg", "b.jpg"), Faulty(error)
    for _ in range(30):
        agent.senders.send_batch(route(service))
    assert agent.senders.state == state
    assert agent.status()["network"]["reason"]
    assert [item.tries for item in agent.queue.in_states([State.WAITING])] == [0, 0]
    service.in_begin = None
    drain(agent, service)
    assert (sent(service), agent.senders.state) == (["a.jpg", "b.jpg"], "online")


def test_file_that_is_refused_again_and_again_blocks_nobody_and_ends_as_failed(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(senders, "jitter", lambda _: 0.0)
    service = Faulty(in_send={"poison.jpg": SendError("S3 refused it", "InvalidRequest")})
    agent = filled(root, "poison.jpg", "a.jpg", "b.jpg", sending={"max_tries": 3})
    drain(agent, service)
    assert sent(service) == ["a.jpg", "b.jpg"]
    (failed,) = agent.queue.in_states([State.FAILED])
    assert (failed.document["file_name"], failed.reason) == ("poison.jpg", "S3 refused it")
    assert agent.spool.media(failed).exists()
    assert service.begins == 3
    assert agent.queue.events(1)[0]["kind"] == "failed"


def test_error_of_the_agent_itself_costs_only_the_files_at_hand_a_try(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(senders, "jitter", lambda _: 0.0)
    monkeypatch.setattr(senders, "MAX_BATCH_FILES", 1)
    service = Faulty(in_send={"odd.jpg": ZeroDivisionError("a bug")})
    agent = filled(root, "odd.jpg", "a.jpg", sending={"max_tries": 2})
    drain(agent, service)
    assert sent(service) == ["a.jpg"]
    assert agent.queue.counts()["failed"]["files"] == 1
    assert "ZeroDivisionError: a bug" in capsys.readouterr().err


def test_file_whose_bytes_do_not_get_through_waits_for_itself_and_is_never_given_up(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(senders, "jitter", lambda _: 0.0)
    service = Faulty(in_send={"large.mp4": SendError("stalled", "NetworkError")})
    agent = filled(root, "large.mp4", "a.jpg", sending={"max_tries": 2})
    for _ in range(20):
        agent.senders.send_batch(route(service))
    assert sent(service) == ["a.jpg"]
    service.in_send = {}
    drain(agent, service)
    assert sent(service) == ["a.jpg", "large.mp4"]


def test_refused_file_waits_before_its_next_try(root: Path) -> None:
    service = Faulty(in_send={"a.jpg": TicketExpiredError("AccessDenied")})
    agent = filled(root, "a.jpg")
    agent.senders._clock = lambda: 100.0
    agent.senders.send_batch(route(service))
    until = agent.queue._connection.execute("SELECT not_before FROM item").fetchone()[0]
    assert until > 100
    assert not agent.senders.send_batch(route(service))
    service.in_send = {}
    agent.senders.link_changed()
    assert agent.senders.send_batch(route(service))
    assert sent(service) == ["a.jpg"]


def test_file_that_the_api_refuses_is_kept_with_its_reason(root: Path) -> None:
    class Refusing(Service):
        def _ticket(self, item: dict[str, Any]) -> dict[str, Any]:
            if item["file_name"] == "b.jpg":
                return {"problem": {"code": "UnsupportedMediaType", "detail": "not accepted"}}
            return super()._ticket(item)

    agent, service = filled(root, "a.jpg", "b.jpg", "c.jpg"), Refusing()
    drain(agent, service)
    assert sent(service) == ["a.jpg", "c.jpg"]
    (failed,) = agent.queue.in_states([State.FAILED])
    assert failed.reason == "not accepted (UnsupportedMediaType)"


def test_quota_is_waited_for(root: Path) -> None:
    class Full(Service):
        def _ticket(self, _item: dict[str, Any]) -> dict[str, Any]:
            return {"problem": {"code": "QuotaExceeded", "detail": "tomorrow"}}

    agent = filled(root, "a.jpg")
    agent.senders.send_batch(route(Full()))
    assert agent.queue.counts()["waiting"]["files"] == 1
    (item,) = agent.queue.in_states([State.WAITING])
    assert (item.tries, item.reason) == (0, "tomorrow (QuotaExceeded)")


def test_begin_that_is_refused_as_a_whole_is_tried_file_by_file(root: Path) -> None:
    class Picky(Service):
        def begin_uploads(self, project: str, *, uploads: list[dict[str, Any]]) -> dict[str, Any]:
            if any(item["file_name"] == "b.jpg" for item in uploads):
                raise APIError("InvalidRequest", 400, "no", {})
            return super().begin_uploads(project, uploads=uploads)

    agent, service = filled(root, "a.jpg", "b.jpg", "c.jpg"), Picky()
    drain(agent, service)
    assert sent(service) == ["a.jpg", "c.jpg"]
    assert agent.queue.counts()["failed"]["files"] == 1


def test_batch_holds_one_project_and_few_bytes(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(senders, "MAX_BATCH_BYTES", 12)
    service = Faulty()
    agent = filled(root, "a.jpg", "b.jpg", "c.jpg")
    drain(agent, service)
    assert (sent(service), service.begins) == (["a.jpg", "b.jpg", "c.jpg"], 2)


@pytest.mark.parametrize(
    ("metered", "value", "expected"),
    [
        ("all", 1, ["large.jpg", "small.jpg"]),
        ("small", 1, ["small.jpg"]),
        ("small", 3, ["small.jpg"]),
        ("small", 4, ["large.jpg", "small.jpg"]),
        ("small", None, ["large.jpg", "small.jpg"]),
        ("pause", 1, []),
        ("pause", 2, ["large.jpg", "small.jpg"]),
    ],
)
def test_metered_link_carries_what_the_settings_allow(
    root: Path, metered: str, value: int | None, expected: list[str]
) -> None:
    chosen = settings(root, sending={"metered": metered, "metered_max_size": "1KB"})
    agent, service = device(chosen, Metered=value), Service()
    for name, size in (("large.jpg", 5000), ("small.jpg", 10)):
        (root / "inbox" / name).write_bytes(b"x" * size)
        take(agent)
    drain(agent, service)
    assert sent(service) == expected


def test_login_page_is_named_when_networkmanager_knows_of_it(root: Path) -> None:
    (root / "inbox/a.jpg").write_bytes(b"some")
    agent = device(settings(root), Connectivity=2)
    take(agent)
    agent.senders.send_batch(route(Faulty(NetworkError("certificate verify failed"))))
    assert "login page" in agent.queue.events(1)[0]["detail"]


def test_uploaded_file_is_kept_as_long_as_the_settings_say(root: Path) -> None:
    agent, service = filled(root, "a.jpg", spool={"keep_uploaded_seconds": 3600}), Service()
    drain(agent, service)
    (item,) = agent.queue.in_states([State.UPLOADED])
    agent.space.drop_expired("2000-01-01T00:00:00+00:00")
    assert agent.spool.media(item).exists()
    agent.space.drop_expired("2999-01-01T00:00:00+00:00")
    assert not agent.spool.media(item).exists()
    assert agent.queue.counts()["done"]["files"] == 1


def test_backoff_has_full_jitter_up_to_five_minutes() -> None:
    assert [jitter(failures, lambda: 1.0) for failures in (0, 1, 2, 3, 20, 10**6)] == [
        1,
        2,
        4,
        8,
        MAX_SECONDS,
        MAX_SECONDS,
    ]
    assert jitter(5, lambda: 0.0) == 0.0


@pytest.mark.parametrize("end", ["reset", "succeeded"])
def test_backoff_ends_when_the_link_is_new_or_something_passes(end: str) -> None:
    now = [0.0]
    backoff = Backoff(lambda: now[0], lambda: 1.0)
    act: Callable[[], None] = getattr(backoff, end)
    for _ in range(5):  # within one wait they are one failure
        backoff.failed("no line")
    assert not backoff.wait(0.001)
    now[0] = 2.1
    assert backoff.wait(0.001)
    backoff.failed("no line")
    assert not backoff.wait(0.001)
    act()
    assert backoff.wait(0.001)
