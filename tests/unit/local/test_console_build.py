"""The build of the console runs when sources have changed, beside `up`, and tells why it failed."""

import os
import sys
from pathlib import Path

import pytest

from local.deployment import console as local_console
from local.deployment.console import ConsoleBuild
from local.instance import Instance, LocalStackError
from tools import console, node


@pytest.fixture
def web(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A web folder, whose build is counted in `builds`."""
    for name in ("package-lock.json", "console/src/main.tsx", "packages/client/src/index.ts"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("1")
    monkeypatch.setattr(console, "WEB", tmp_path)
    monkeypatch.setattr(console, "DIST", tmp_path / "console/dist")
    monkeypatch.setattr(console, "STAMP", tmp_path / "console/dist/.digest")

    def build(folder: Path, name: str) -> str:
        assert (folder, name) == (tmp_path, "build")
        (tmp_path / "console/dist").mkdir(exist_ok=True)
        with (tmp_path / "builds").open("a") as builds:
            builds.write(".")
        return ""

    monkeypatch.setattr(node, "script", build)
    return tmp_path


def builds(web: Path) -> int:
    return len((web / "builds").read_text())


def test_console_is_built_once_for_the_same_sources(web: Path) -> None:
    assert console.build() == console.build() == web / "console/dist"
    assert builds(web) == 1


@pytest.mark.parametrize("name", ["package-lock.json", "console/src/main.tsx", "packages/client/src/index.ts"])
def test_console_is_built_again_when_a_source_changes(web: Path, name: str) -> None:
    console.build()
    (web / name).write_text("2")
    console.build()
    assert builds(web) == 2


@pytest.mark.parametrize("name", ["node_modules/x/y.json", "console/node_modules/x.ts", "console/tests/a.test.ts"])
def test_console_is_not_built_again_for_what_is_no_source(web: Path, name: str) -> None:
    console.build()
    (web / name).parent.mkdir(parents=True, exist_ok=True)
    (web / name).write_text("2")
    console.build()
    assert builds(web) == 1


@pytest.fixture
def instance(tmp_path: Path) -> Instance:
    return Instance.from_environment({"FOVEAL_STATE": str(tmp_path / "state")})


def running(monkeypatch: pytest.MonkeyPatch, program: str) -> None:
    """Put a program in the place of the build."""
    monkeypatch.setattr(local_console, "COMMAND", (sys.executable, "-c", program))


def test_failed_build_is_told_with_the_end_of_its_output(instance: Instance, monkeypatch: pytest.MonkeyPatch) -> None:
    running(monkeypatch, "import sys; print('no such package'); sys.exit(1)")
    with (
        ConsoleBuild(instance) as build,
        pytest.raises(LocalStackError, match=r"(?s)run `make up` again.*no such package"),
    ):
        build.wait()


def test_build_ends_with_its_context_and_so_do_its_tools(
    instance: Instance, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    note = tmp_path / "pid"
    tool = f"import os, pathlib, time; pathlib.Path({str(note)!r}).write_text(str(os.getpid())); time.sleep(60)"
    running(
        monkeypatch,
        "import pathlib, signal, sys; from tools import console, node; "
        "signal.signal(signal.SIGINT, signal.SIG_IGN); "  # as in a background job of a shell
        f"console.build = lambda: node._run(pathlib.Path('.'), sys.executable, '-c', {tool!r}); "
        "sys.exit(console.main())",
    )
    with ConsoleBuild(instance) as build:
        while not (note.exists() and note.read_text()):
            assert build.is_running
    assert not build.is_running
    with pytest.raises(ProcessLookupError):
        os.kill(int(note.read_text()), 0)
