"""A drawing's process: nothing that a decoder does in it outlasts its limits or reaches its neighbours."""

import json
import os
import re
import signal
import socket
import struct
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
from foveal.render.isolation import client, confinement, limits, messages
from foveal.render.isolation.client import Drawings, NotLoaded, OutOfPatience, ServerEnded
from tests.unit.render import misbehaving_server

linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has seccomp")
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
    return drawings.draw(drawing, read, len(DATA), cpu_seconds=seconds, patience_seconds=patience).file


def test_drawing_reads_the_object_by_ranges(drawings: Drawings) -> None:
    assert drawn(drawings, "read the object") == DATA


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
    assert drawn(drawings, "read the object") == DATA


def test_drawing_takes_no_more_memory_than_the_limit(drawings: Drawings) -> None:
    with pytest.raises(Unrenderable):
        drawn(drawings, "allocate")
    assert drawings.last_outcome is not None
    assert drawings.last_outcome.peak_bytes < limits.MAX_MEMORY_BYTES + 200 * 1024 * 1024


def test_error_of_a_read_reaches_the_caller_and_the_next_drawing_is_made(drawings: Drawings) -> None:
    def unreachable(_offset: int, _length: int) -> bytes:
        raise ConnectionError("the bucket")

    with pytest.raises(ConnectionError, match="the bucket"):
        drawn(drawings, "read the object", unreachable)
    assert drawn(drawings, "read the object") == DATA


def test_time_of_reads_does_not_count(drawings: Drawings, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn(drawings, "read the object")
    monkeypatch.setattr(limits, "MAX_WAIT_FACTOR", 1)

    def slow(offset: int, length: int) -> bytes:
        time.sleep(1.1)
        return read_range(offset, length)

    assert drawn(drawings, "read the object", slow, seconds=3) == DATA


@pytest.mark.parametrize("behaviour", ["spin", "wait"])
def test_caller_waits_no_longer_than_its_patience(drawings: Drawings, behaviour: str) -> None:
    drawn(drawings, "read the object")
    with pytest.raises(OutOfPatience):
        drawn(drawings, behaviour, seconds=60, patience=0.3)
    assert drawn(drawings, "read the object") == DATA


def test_reads_count_for_patience(drawings: Drawings) -> None:
    def slow(offset: int, length: int) -> bytes:
        time.sleep(0.4)
        return read_range(offset, length)

    drawn(drawings, "read the object")
    with pytest.raises(OutOfPatience):
        drawn(drawings, "read the object", slow, seconds=60, patience=0.3)
    assert drawn(drawings, "read the object") == DATA


def test_another_server_starts_when_the_first_was_killed(drawings: Drawings) -> None:
    os.kill(int(drawn(drawings, "server")), signal.SIGKILL)
    with pytest.raises(ServerEnded):
        drawn(drawings, "read the object")
    assert drawn(drawings, "read the object") == DATA


def test_process_has_no_credentials(drawings: Drawings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("MONGODB_URI", "mongodb://secret@host")
    drawings.close()
    environment = json.loads(drawn(drawings, "environment"))
    assert "secret" not in str(environment)
    assert "PYTHONPATH" in environment


@linux
@pytest.mark.parametrize("behaviour", sorted(set(misbehaving_server.TRIED) - {"file without a name"}))
def test_process_reaches_neither_network_nor_files_nor_other_processes(drawings: Drawings, behaviour: str) -> None:
    assert drawn(drawings, behaviour) == b"EPERM"


@linux
def test_process_writes_no_byte_to_any_file(drawings: Drawings) -> None:
    assert drawn(drawings, "file without a name") == b"EFBIG"


def test_process_may_start_threads(drawings: Drawings) -> None:
    assert drawn(drawings, "thread") == b"drawn by a thread"


@linux
def test_missing_file_of_a_decoder_is_an_error_and_no_refusal(drawings: Drawings) -> None:
    """It is the fault of the server, which loads what decoders need, so that no picture is called unrenderable."""
    with pytest.raises(NotLoaded, match="/etc/hostname"):
        drawn(drawings, "file")
    assert drawn(drawings, "read the object") == DATA


@linux
@pytest.mark.parametrize(("behaviour", "reason"), [("warn", "warned"), ("look for a module", "None")])
def test_decoder_that_warns_or_looks_for_a_module_opens_no_file(
    drawings: Drawings, behaviour: str, reason: str
) -> None:
    with pytest.raises(Unrenderable, match=reason):
        drawn(drawings, behaviour)


def test_server_tells_the_log_when_the_system_takes_no_filters() -> None:
    program = (
        "from foveal.render.isolation import confinement, server; "
        "confinement.is_available = lambda: False; server.main()"
    )
    ours, theirs = socket.socketpair()
    with ours, theirs:
        command = [sys.executable, "-c", program, str(theirs.fileno())]
        server = subprocess.Popen(command, cwd=ROOT, pass_fds=[theirs.fileno()], stderr=subprocess.PIPE, text=True)
        theirs.close()
        assert messages.exactly(ours, 1) == messages.READY
        ours.close()
        _, told = server.communicate(timeout=60)
    assert "takes no seccomp filters" in told
    assert server.returncode == 0


@linux
def test_numbers_of_system_calls_are_those_of_the_kernel() -> None:
    headers = Path("/usr/include")
    found = [*headers.glob("*/asm/unistd_64.h"), headers / "asm-generic/unistd.h"]
    if len(found) != 2 or not found[1].exists():
        pytest.skip("the headers of Linux are not installed")
    for column, header in enumerate(found):
        text = header.read_text()
        numbers = {name: int(number) for name, number in re.findall(r"#define __NR(?:3264)?_(\w+)\s+(\d+)", text)}
        ours = {name: each[column] for name, each in confinement.NUMBERS.items()}
        assert {name: numbers[name] for name in ours if name in numbers} == {
            name: number for name, number in ours.items() if name in numbers
        }
        assert {name for name, number in ours.items() if number is not None} - set(numbers) <= {"fchmodat2"}


def test_filter_of_each_machine_fits_and_jumps_within_itself() -> None:
    for machine in confinement.MACHINES.values():
        program = list(confinement.program(machine))
        assert len(program) < 4096
        for index, instruction in enumerate(program):
            _, when, otherwise, _ = struct.unpack("=HBBI", instruction)
            assert index + max(when, otherwise) < len(program) - (max(when, otherwise) > 0)
        assert program[-1][0] == 0x06  # BPF_RET


def test_closed_drawings_start_again_when_used(drawings: Drawings) -> None:
    drawings.close()
    assert drawn(drawings, "read the object") == DATA


def test_function_itself_loads_no_decoder() -> None:
    program = "import sys, foveal.render.batch; print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert not {"av", "numpy", "PIL", "pillow_heif", "pydicom"} & set(run.stdout.split())


def test_process_is_refused_when_it_reads_without_end(drawings: Drawings) -> None:
    """Its own limit of bytes (RangedFile) is of no use once it was taken over; each read is a request to S3."""
    with pytest.raises(Unrenderable, match="Too much"):
        drawn(drawings, "read for ever", seconds=60)
    assert drawn(drawings, "read the object") == DATA


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
