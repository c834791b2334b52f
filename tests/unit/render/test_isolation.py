"""A drawing's process: nothing that a decoder does in it outlasts its limits or reaches its neighbours."""

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from foveal.derivatives.recipes import Recipe
from foveal.errors import Unrenderable
from foveal.render.decode.ranged_file import BLOCK_BYTES
from foveal.render.drawing import Drawing
from foveal.render.isolation import client, limits, messages
from foveal.render.isolation.client import Drawings, OutOfPatience, ServerEnded

ROOT = Path(__file__).parents[3]
DATA = bytes(range(256)) * 20_000


@pytest.fixture(scope="module")
def drawings() -> Iterator[Drawings]:
    started = Drawings("tests.unit.render.misbehaving_server")
    yield started
    started.close()


def read_range(offset: int, length: int) -> bytes:
    return DATA[offset : offset + length]


def drawn(
    drawings: Drawings,
    behaviour: str,
    read: client.ReadRange = read_range,
    seconds: int = 1,
    patience: float | None = None,
) -> bytes:
    drawing = Drawing({}, Recipe("rendition", behaviour, 320, "webp"))
    return drawings.draw(drawing, read, len(DATA), cpu_seconds=seconds, patience_seconds=patience)


def test_drawing_reads_the_object_by_ranges(drawings: Drawings) -> None:
    assert drawn(drawings, "read") == DATA


@pytest.mark.parametrize(
    ("behaviour", "reason"),
    [
        ("spin", "takes more than 1 seconds"),
        ("wait", "takes more than 1 seconds"),
        ("allocate", "takes more memory"),
        ("crash", "decoder fails"),
        ("end", "decoder fails"),
        ("fail", "ZeroDivisionError"),
        ("refuse", "nothing to see"),
    ],
)
def test_drawing_is_refused_with_its_reason_and_the_next_one_made_when_a_decoder_misbehaves(
    drawings: Drawings, behaviour: str, reason: str
) -> None:
    started = time.monotonic()
    with pytest.raises(Unrenderable, match=reason):
        drawn(drawings, behaviour)
    assert time.monotonic() - started < 20
    assert drawn(drawings, "read") == DATA


def test_drawing_takes_no_more_memory_than_the_limit(drawings: Drawings) -> None:
    with pytest.raises(Unrenderable):
        drawn(drawings, "allocate")
    assert drawings.last_outcome is not None
    assert drawings.last_outcome.peak_bytes < limits.MAX_MEMORY_BYTES + 200 * 1024 * 1024


def test_error_of_a_read_reaches_the_caller_and_the_next_drawing_is_made(drawings: Drawings) -> None:
    def unreachable(_offset: int, _length: int) -> bytes:
        raise ConnectionError("the bucket")

    with pytest.raises(ConnectionError, match="the bucket"):
        drawn(drawings, "read", unreachable)
    assert drawn(drawings, "read") == DATA


def test_time_of_reads_does_not_count(drawings: Drawings, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn(drawings, "read")
    monkeypatch.setattr(limits, "MAX_WAIT_FACTOR", 1)

    def slow(offset: int, length: int) -> bytes:
        time.sleep(1.1)
        return read_range(offset, length)

    assert drawn(drawings, "read", slow, seconds=3) == DATA


@pytest.mark.parametrize("behaviour", ["spin", "wait"])
def test_caller_waits_no_longer_than_its_patience(drawings: Drawings, behaviour: str) -> None:
    drawn(drawings, "read")
    with pytest.raises(OutOfPatience):
        drawn(drawings, behaviour, seconds=60, patience=0.3)
    assert drawn(drawings, "read") == DATA


def test_reads_count_for_patience(drawings: Drawings) -> None:
    def slow(offset: int, length: int) -> bytes:
        time.sleep(0.4)
        return read_range(offset, length)

    drawn(drawings, "read")
    with pytest.raises(OutOfPatience):
        drawn(drawings, "read", slow, seconds=60, patience=0.3)
    assert drawn(drawings, "read") == DATA


def test_another_server_starts_when_the_first_was_killed(drawings: Drawings) -> None:
    with pytest.raises(ServerEnded):
        drawn(drawings, "kill the server")
    assert drawn(drawings, "read") == DATA


def test_process_has_no_credentials(drawings: Drawings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("MONGODB_URI", "mongodb://secret@host")
    drawings.close()
    environment = json.loads(drawn(drawings, "environment"))
    assert "secret" not in str(environment)
    assert "PYTHONPATH" in environment


def test_closed_drawings_start_again_when_used(drawings: Drawings) -> None:
    drawings.close()
    assert drawn(drawings, "read") == DATA


def test_function_itself_loads_no_decoder() -> None:
    program = "import sys, foveal.render.batch; print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert not {"av", "numpy", "PIL", "pillow_heif", "pydicom"} & set(run.stdout.split())


def test_process_gets_one_block_when_it_asks_for_more(drawings: Drawings) -> None:
    assert drawn(drawings, "read everything at once") == DATA[:BLOCK_BYTES]


def test_message_is_refused_before_memory_is_taken_when_it_states_too_much() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.settimeout(1)
        theirs.sendall(b"D\xff\xff\xff\xff")
        assert messages.receive(ours) is None


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has /proc and prctl")
def test_hidden_process_is_not_dumpable() -> None:
    program = "import ctypes; from foveal.render.isolation import limits; limits.hide_process(); "
    program += "print(ctypes.CDLL(None).prctl(3, 0, 0, 0, 0))"  # PR_GET_DUMPABLE
    run = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert run.stdout == "0\n"
