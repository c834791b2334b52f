"""The set-up from nothing, when something is missing: one sentence that says what to do."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from local import install
from local.instance import ROOT


@pytest.fixture(autouse=True)
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "install.log"
    monkeypatch.setattr(install, "LOG", path)
    return path


def test_failed_step_says_what_to_do_and_where_the_details_are(log: Path) -> None:
    command = [sys.executable, "-c", "raise SystemExit('no route to host')"]

    with pytest.raises(install.LocalStackError) as raised:
        install._run(command, "uv could not be downloaded: check the connection.")

    assert str(raised.value).startswith("uv could not be downloaded: check the connection. Then run `make up` again")
    assert str(log) in str(raised.value)
    assert "no route to host" in log.read_text()


def test_python_without_venv_is_told_with_the_package_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(install, "VENV", tmp_path / "venv")
    monkeypatch.setitem(sys.modules, "ensurepip", None)

    with pytest.raises(install.LocalStackError, match=r"has no venv module: .*apt install python3\.\d+-venv"):
        install._make_environment()


def test_missing_interpreter_does_not_count_as_one(tmp_path: Path) -> None:
    (tmp_path / "python").symlink_to(tmp_path / "uninstalled")

    assert not install._runs(tmp_path / "python")
    assert install._runs(Path(sys.executable))


def test_make_says_so_when_no_python_is_new_enough(tmp_path: Path) -> None:
    old = tmp_path / "python3"
    old.write_text("#!/bin/sh\nexit 1\n")  # as a shim without a version behind it does
    old.chmod(0o755)
    make = shutil.which("make")
    assert make is not None

    ended = subprocess.run([make, "install"], cwd=ROOT, env={"PATH": str(tmp_path)}, capture_output=True, text=True)

    assert ended.returncode != 0
    assert "Python 3.11 or newer is needed" in ended.stderr
