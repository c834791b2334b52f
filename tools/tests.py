"""Run of the whole suite: tests without a database beside those with one, then those of browsers and stacks alone.

What a browser shows depends on the load of the machine; what a function returns does not.
"""

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

WITHOUT_DATABASE: Final = ("tests/unit", "tests/infra")
STACKS: Final = ("tests/e2e", "tests/web")
"""One after the other, since both build the web packages."""
PYTEST: Final = (sys.executable, "-m", "pytest")
COVERED: Final = ("--cov", "--cov-report=", "--cov-fail-under=0")
COVERAGE: Final = (sys.executable, "-m", "coverage")


def main() -> int:
    """Run the three parts, print the output of each in one piece, and return 1 when one of them failed.

    The branch coverage is that of the first two: processes of a stack do not count (pyproject.toml).
    """
    for data in Path().glob(".coverage*"):
        data.unlink()
    others = [*PYTEST, *COVERED, *(f"--ignore={each}" for each in (*WITHOUT_DATABASE, *STACKS))]
    with tempfile.TemporaryFile() as log:
        beside = subprocess.Popen(
            [*PYTEST, *COVERED, *WITHOUT_DATABASE],
            stdout=log,
            stderr=subprocess.STDOUT,
            env={**os.environ, "COVERAGE_FILE": ".coverage.beside"},
        )
        try:
            done = [subprocess.run(others, env={**os.environ, "COVERAGE_FILE": ".coverage.others"}, check=False)]
            status = beside.wait()
        finally:
            if beside.poll() is None:
                beside.send_signal(signal.SIGINT)  # so that pytest stops its servers
                beside.wait()
            log.seek(0)
            print(f"\n{' '.join(WITHOUT_DATABASE)}", flush=True)
            sys.stdout.buffer.write(log.read())
            sys.stdout.flush()
    steps = ([*COVERAGE, "combine", "--quiet"], [*COVERAGE, "report"], [*PYTEST, *STACKS])
    done += [subprocess.run(step, check=False) for step in steps]
    return int(status != 0 or any(each.returncode != 0 for each in done))


if __name__ == "__main__":
    sys.exit(main())
