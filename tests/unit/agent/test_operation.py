"""Operation of the agent: its status, its unit, its notifications, its command line."""

import json
import os
import shutil
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from foveal.agent import agent as agents
from foveal.agent.status import read_status
from foveal.agent.systemd import notify, unit
from foveal.client.errors import NetworkError
from tests.unit.agent.devices import Service, device, eventually, running, settings, take

PROGRAM = "from foveal.cli import main; main()"
CONFIG = """
api_url = "http://127.0.0.1:9"
project = "zoo"
serial = "cam7"
state_folder = "{root}/state"
socket = "{root}/status.sock"
[sign_in]
token_url = "http://127.0.0.1:9/token"
client_id = "abc"
client_secret_file = "{root}/secret"
[spool]
watermark = 0.99
[[folders]]
path = "{root}/inbox"
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "inbox").mkdir()
    (tmp_path / "secret").write_text("hush")
    (tmp_path / "agent.toml").write_text(CONFIG.format(root=tmp_path))
    return tmp_path


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(agents, "TICK_SECONDS", 0.02)


def command(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", PROGRAM, "agent", *arguments], capture_output=True, text=True, check=False
    )


def test_status_is_json_on_a_socket_for_owner_and_group(root: Path) -> None:
    with running(device(settings(root, socket=root / "run/status.sock"), service=Service())) as agent:
        (root / "agent.toml").write_text((root / "agent.toml").read_text().replace("/status.sock", "/run/status.sock"))
        eventually((root / "run/status.sock").exists)
        assert stat.S_IMODE((root / "run/status.sock").stat().st_mode) == 0o660
        assert stat.S_IMODE((root / "run").stat().st_mode) & 0o700 == 0o700
        found = read_status(root / "run/status.sock")
        assert found["serial"] == "cam7"
        assert set(found["files"]) == {"waiting", "uploaded", "done", "failed", "dropped", "lost"}
        assert found.keys() == agent.status().keys()
        shown = command("status", "--config", str(root / "agent.toml"))
        assert shown.returncode == 0, shown.stderr
        assert "waiting      0 files" in shown.stdout
        as_json = command("status", "--config", str(root / "agent.toml"), "--json")
        assert json.loads(as_json.stdout)["serial"] == "cam7"
    assert not (root / "run/status.sock").exists()


def test_status_without_an_agent_says_what_to_do(root: Path) -> None:
    with pytest.raises(NetworkError, match="No agent answers at"):
        read_status(root / "status.sock")
    done = command("status", "--config", str(root / "agent.toml"))
    assert done.returncode == 5
    assert "systemctl status foveal-agent" in done.stderr
    assert "Traceback" not in done.stderr


def test_status_holds_no_secret_and_no_terminal_commands(root: Path) -> None:
    name = "a\x1b[2J.jpg"
    agent = device(settings(root), service=Service())
    agent._note("failed", name)
    with running(agent):
        eventually((root / "status.sock").exists)
        done = command("status", "--config", str(root / "agent.toml"))
    assert "\x1b" not in done.stdout
    assert "hush" not in done.stdout


@pytest.fixture
def notifications(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    path = tmp_path / "notify.sock"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as receiver:
        receiver.bind(str(path))
        receiver.settimeout(10)
        monkeypatch.setenv("NOTIFY_SOCKET", str(path))
        yield receiver


def test_systemd_is_told_that_the_agent_is_ready_alive_and_stopping(root: Path, notifications: socket.socket) -> None:
    with running(device(settings(root), service=Service())):
        assert notifications.recv(100) == b"READY=1"
        assert notifications.recv(100) == b"WATCHDOG=1"
    assert notifications.recv(100) == b"STOPPING=1"


def test_systemd_is_told_that_the_agent_lives_while_it_takes_many_files_over(
    root: Path, notifications: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(agents, "NOTIFY_SECONDS", 0.0)
    agent = device(settings(root))
    for number in range(3):
        (root / "inbox" / f"{number}.jpg").write_bytes(b"bytes")
    assert take(agent) == 3
    assert [notifications.recv(100) for _ in range(3)] == [b"WATCHDOG=1"] * 3


def test_watchdog_is_not_told_that_the_agent_lives_when_a_sender_has_ended(
    root: Path, notifications: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    agent = device(settings(root), service=Service())
    monkeypatch.setattr(agent.senders, "run", lambda _: None)
    with running(agent):
        assert notifications.recv(100) == b"READY=1"
        notifications.settimeout(0.5)
        with pytest.raises(TimeoutError):
            notifications.recv(100)


def test_notification_without_systemd_does_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    assert notify("READY=1") is False


@pytest.fixture
def unit_file(tmp_path: Path) -> Path:
    path = tmp_path / "foveal-agent.service"
    folders = [Path("/srv/camera 1"), Path("/srv/100%")]
    path.write_text(unit(["/usr/bin/true"], Path("/etc/foveal/agent.toml"), folders, Path("/etc/foveal/secret")))
    return path


def test_unit_is_accepted_by_systemd_and_exposes_little(unit_file: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd is not installed; the next test compares the settings")
    verified = subprocess.run(["systemd-analyze", "verify", unit_file], capture_output=True, text=True, check=False)
    assert (verified.returncode, verified.stderr) == (0, "")
    rated = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--threshold=20", unit_file],
        capture_output=True,
        text=True,
        check=False,
    )
    assert rated.returncode == 0, rated.stdout  # an exposure of at most 2.0 of 10


def test_unit_has_what_the_agent_relies_on(unit_file: Path) -> None:
    lines = unit_file.read_text().splitlines()
    wanted = [
        "Type=notify",
        "WatchdogSec=60",
        "DynamicUser=yes",
        "StateDirectory=foveal-agent",
        "RuntimeDirectory=foveal-agent",
        "LoadCredential=client_secret:/etc/foveal/secret",
        'ReadWritePaths=-"/srv/camera 1"',
        'ReadWritePaths=-"/srv/100%%"',
        "ProtectSystem=strict",
        "NoNewPrivileges=yes",
        "SystemCallFilter=@system-service",
        "MemoryMax=256M",
        "ExecStart=/usr/bin/true agent run --config /etc/foveal/agent.toml",
    ]
    assert [line for line in wanted if line not in lines] == []


def test_install_prints_or_writes_the_unit(root: Path) -> None:
    printed = command("install", "--config", str(root / "agent.toml"))
    assert f'ReadWritePaths=-"{root}/inbox"' in printed.stdout
    written = command("install", "--config", str(root / "agent.toml"), "--write", "--path", str(root / "unit"))
    assert "systemctl daemon-reload" in written.stdout
    assert (root / "unit").read_text() == printed.stdout


@pytest.mark.parametrize("name", ["run", "status", "install"])
def test_commands_name_a_wrong_setting_without_a_traceback(root: Path, name: str) -> None:
    (root / "agent.toml").write_text("serial = 5")
    done = command(name, "--config", str(root / "agent.toml"))
    assert done.returncode == 2
    assert "agent.toml: project is missing" in done.stderr
    assert "Traceback" not in done.stderr


def test_agent_that_cannot_run_ends_with_a_sentence(root: Path) -> None:
    (root / "status.sock").mkdir()
    done = command("run", "--config", str(root / "agent.toml"))
    assert done.returncode == 2
    assert "The status socket" in done.stderr
    assert "Traceback" not in done.stderr


def test_agent_runs_and_ends_by_a_signal(root: Path) -> None:
    (root / "inbox/a.jpg").write_bytes(b"bytes")
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, "agent", "run", "--config", str(root / "agent.toml")],
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])},
    )
    try:
        eventually((root / "status.sock").exists)
        eventually(lambda: read_status(root / "status.sock")["files"]["waiting"]["files"] == 1)
        eventually(lambda: read_status(root / "status.sock")["network"]["state"] == "offline")
    finally:
        process.terminate()
        _, said = process.communicate(timeout=60)
    assert process.returncode == 0, said
    assert {json.loads(line)["event"] for line in said.splitlines()} >= {"offline"}
