"""Parts of a folder's upload: walk, keys, journal, pace, sidecar, exit codes."""

import base64
import json
import os
import queue
import socket
import threading
import unicodedata
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foveal.client.errors import ConfigurationError
from foveal.client.folders.content import Content, FileChangedError, read_content
from foveal.client.folders.journal import Journal
from foveal.client.folders.pacing import Gate, Throttle
from foveal.client.folders.report import CHANGED, Outcome, State, Summary
from foveal.client.folders.s3_connection import S3Connection
from foveal.client.folders.settings import UploadSettings
from foveal.client.folders.sidecar import read_sidecar
from foveal.client.folders.walk import FoundFile, LeftOut, walk

NAMES = st.text(st.characters(exclude_characters="/\x00", exclude_categories=["Cs"]), min_size=1, max_size=40)


def tree(root: Path, *names: str) -> Path:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(b"x")
    return root


def taken(root: Path, **settings: object) -> list[str]:
    found = walk(root, UploadSettings(**settings))  # type: ignore[arg-type]  # settings of each test
    return [each.relative for each in found if isinstance(each, FoundFile)]


def test_walk_yields_files_folder_by_folder_in_the_order_of_names(tmp_path: Path) -> None:
    tree(tmp_path, "b.jpg", "a/2.jpg", "a/1.jpg", "c/d/e.jpg")
    assert taken(tmp_path) == ["b.jpg", "a/1.jpg", "a/2.jpg", "c/d/e.jpg"]


def test_walk_leaves_out_by_patterns_and_exclusion_wins(tmp_path: Path) -> None:
    tree(tmp_path, "a/1.jpg", "a/1.png", "raw/2.jpg", ".git/3.jpg", "4.jpg")
    (tmp_path / ".fovealignore").write_text("raw/\n")
    assert taken(tmp_path) == ["4.jpg", "a/1.jpg", "a/1.png"]
    assert taken(tmp_path, include=("*.jpg",), exclude=("4.*",)) == ["a/1.jpg"]
    assert ".git/3.jpg" in taken(tmp_path, hidden=True)


def test_walk_refuses_a_pattern_that_would_take_for_ever(tmp_path: Path) -> None:
    tree(tmp_path, "a" * 100 + ".jpg")
    (tmp_path / ".fovealignore").write_text("**/*.tmp\n*a*a*a*a*ab\n")
    with pytest.raises(ConfigurationError, match="at most 4 stars"):
        taken(tmp_path)


def test_walk_follows_links_when_asked_and_enters_no_folder_twice(tmp_path: Path) -> None:
    tree(tmp_path, "a/1.jpg")
    (tmp_path / "a/again").symlink_to(tmp_path / "a")
    (tmp_path / "a/up").symlink_to(tmp_path)
    assert taken(tmp_path) == ["a/1.jpg"]
    assert taken(tmp_path, follow=True) == ["a/1.jpg"]


def test_walk_tells_why_a_folder_or_file_is_left_out(tmp_path: Path) -> None:
    tree(tmp_path, "a/1.jpg")
    os.mkfifo(tmp_path / "pipe.jpg")
    (tmp_path / "gone.jpg").symlink_to("nowhere")
    left = {each.relative: each.reason for each in walk(tmp_path, UploadSettings()) if isinstance(each, LeftOut)}
    assert left == {"pipe.jpg": "not a regular file", "gone.jpg": "a symbolic link"}


@given(NAMES)
def test_key_is_the_same_for_both_forms_of_a_name_and_differs_for_other_bytes(name: str) -> None:
    def key(relative: str, crc: int = 5, size: int = 3) -> str:
        return Content(FoundFile(relative, "", size, 0, 0, 0), crc, None).key("root")

    assert key(unicodedata.normalize("NFD", name)) == key(unicodedata.normalize("NFC", name))
    assert len({key(name), key(name, crc=6), key(name, size=4), key(name + "x")}) == 4


def test_key_exists_for_a_name_that_is_no_utf_8() -> None:
    assert Content(FoundFile(os.fsdecode(b"bad\xff.jpg"), "", 3, 0, 0, 0), 5, None).key("root").startswith("u1.")


def test_content_is_refused_when_the_file_was_written_to_since_the_walk(tmp_path: Path) -> None:
    tree(tmp_path, "1.jpg")
    (file,) = walk(tmp_path, UploadSettings())
    assert isinstance(file, FoundFile)
    assert read_content(file, 10).data == b"x"
    (tmp_path / "1.jpg").write_bytes(b"other")
    with pytest.raises(FileChangedError):
        read_content(file, 10)


def test_journal_knows_a_file_until_it_changes_and_survives_being_broken(tmp_path: Path) -> None:
    file = FoundFile(os.fsdecode(b"bad\xff.jpg"), "", 3, 77, 9, 1)
    path = tmp_path / "deep" / "journal.db"
    journal = Journal(path)
    journal.add([(file, "a-1")])
    journal.close()
    journal = Journal(path)
    assert journal.done(file) == "a-1"
    assert journal.done(FoundFile(file.relative, "", 3, 78, 9, 1)) is None
    journal.close()
    path.write_bytes(b"no database" * 100)
    journal = Journal(path)
    assert journal.done(file) is None
    journal.close()
    assert path.with_suffix(".broken").exists()


def test_gate_grows_by_one_a_round_and_halves_when_refused() -> None:
    now = [0.0]
    gate = Gate(10, clock=lambda: now[0])
    assert gate.allowed == 8
    for _ in range(9):
        gate.succeeded()
    assert gate.allowed == 9
    for _ in range(100):
        gate.succeeded()
    assert gate.allowed == 10
    gate.refused()
    assert gate.allowed == 5
    gate.refused()
    assert gate.allowed == 5, "refusals that many senders hear at once count once"
    for _ in range(9):
        now[0] += 1
        gate.refused()
    assert gate.allowed == 1
    assert [gate.admits(number) for number in (0, 1)] == [True, False]
    gate.open()
    assert gate.admits(9)


class Line:
    """A clock that runs only while somebody sleeps, and the bytes that a throttle let pass by it."""

    def __init__(self, rate: Callable[[], int | None]) -> None:
        self.now, self.passed = 0.0, list[tuple[float, int]]()
        self.throttle = Throttle(rate, clock=lambda: self.now, sleep=self._sleep)

    def _sleep(self, seconds: float) -> None:
        self.now += seconds

    def send(self, size: int) -> None:
        for piece in self.throttle.pieces(bytes(size)):
            self.passed.append((self.now, len(piece)))

    def within(self, start: float, end: float) -> int:
        return sum(size for at, size in self.passed if start <= at < end)


@given(st.lists(st.integers(1, 1_000_000), min_size=1, max_size=50), st.integers(1_000, 10_000_000))
def test_throttle_never_exceeds_its_rate(sizes: list[int], rate: int) -> None:
    line = Line(lambda: rate)
    for size in sizes:
        line.send(size)
    assert line.now >= (sum(sizes) - line.passed[-1][1] - 1) / rate * 0.999
    assert line.now <= sum(sizes) / rate + 0.001
    assert max(size for _, size in line.passed) <= max(1024, rate // 50)


def test_throttle_gives_no_credit_for_time_in_which_nobody_sends() -> None:
    line = Line(lambda: 1_000_000)
    line.send(1_000_000)
    line.now += 60
    line.send(3_000_000)
    assert 950_000 <= line.within(61, 62) <= 1_050_000


def test_throttle_obeys_a_change_of_the_rate_while_a_block_is_sent() -> None:
    line = Line(lambda: 1_000_000 if line.now < 10 else 4_000_000)
    line.send(30_000_000)
    assert 950_000 <= line.within(8, 9) <= 1_050_000
    assert 3_800_000 <= line.within(10.5, 11.5) <= 4_200_000


def test_sidecar_reads_csv_and_jsonl(tmp_path: Path) -> None:
    table = tmp_path / "a.csv"
    table.write_text("\ufeffpath,tags,site,count,seen,code,empty\na/1.jpg,zoo; lion,north,3,true,007,\n")
    assert read_sidecar(table) == {
        "a/1.jpg": {"tags": ["zoo", "lion"], "attributes": {"site": "north", "count": 3, "seen": True, "code": "007"}}
    }
    lines = tmp_path / "a.jsonl"
    lines.write_text('{"path": "a.jpg", "tags": ["x"]}\n\n{"path": "b.jpg", "attributes": {"n": 1.5}}\n')
    assert read_sidecar(lines) == {"a.jpg": {"tags": ["x"]}, "b.jpg": {"attributes": {"n": 1.5}}}


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.csv", "file,tags\na,b\n", "line 2 has no path"),
        ("a.csv", "path\na\na\n", "line 3: a came before"),
        ("a.csv", "path\na,b\n", "line 2 has more cells"),
        ("a.jsonl", "{", "line 1 is not JSON"),
        ("a.jsonl", '{"path": "a", "tag": 1}', "line 1: an object with path"),
    ],
)
def test_sidecar_error_names_the_line(tmp_path: Path, name: str, text: str, message: str) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(ValueError, match=message):
        read_sidecar(tmp_path / name)


def test_summary_is_json_with_its_reasons_counted() -> None:
    summary = Summary(found=2)
    for path in ("a", "b"):
        summary.add(Outcome(path, State.FAILED, reason=CHANGED, code="FileChanged"))
    document = json.loads(json.dumps(summary.document()))
    assert (document["reasons"], document["failed"], document["exit_code"]) == ({CHANGED: 2}, 2, 6)


@pytest.mark.parametrize(
    ("outcomes", "code"),
    [
        ([Outcome("a", State.DONE), Outcome("b", State.SKIPPED, reason="a symbolic link")], 0),
        ([Outcome("a", State.DONE), Outcome("b", State.FAILED, reason="odd", code="Odd")], 1),
        ([Outcome("b", State.FAILED, reason=CHANGED, code="FileChanged")], 6),
        ([Outcome("b", State.FAILED, reason="too much", code="QuotaExceeded")], 7),
        ([Outcome("b", State.FAILED, reason="away", code="NetworkError")], 5),
    ],
)
def test_exit_code_follows_the_outcomes(outcomes: list[Outcome], code: int) -> None:
    summary = Summary(found=len(outcomes))
    for outcome in outcomes:
        summary.add(outcome)
    assert summary.is_complete
    assert summary.exit_code == code


def test_proxy_gets_the_credentials_in_its_address(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as proxy:
        heads = queue.SimpleQueue[bytes]()

        def refuse() -> None:
            connection, _ = proxy.accept()
            with connection:
                heads.put(connection.recv(4096))
                connection.sendall(b"HTTP/1.1 407 Refused\r\ncontent-length: 0\r\n\r\n")

        threading.Thread(target=refuse, daemon=True).start()
        monkeypatch.setattr("urllib.request.proxy_bypass", lambda _: False)
        monkeypatch.setenv("https_proxy", f"http://ann:se%3Acret@127.0.0.1:{proxy.getsockname()[1]}")
        with pytest.raises(OSError, match="407") as caught:
            S3Connection().put("https://s3.example/a?b", {}, [b"x"], 1)
        assert "cret" not in str(caught.value)
        assert b"proxy-authorization: Basic " + base64.b64encode(b"ann:se:cret") in heads.get(timeout=5)
