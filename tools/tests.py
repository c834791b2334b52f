"""Run of the whole suite: end-to-end tests, which mostly wait for their stack, beside all others, which compute."""

import signal
import subprocess
import sys
import tempfile
from typing import Final

END_TO_END: Final = ("tests/e2e", "tests/web")
"""Together, since both build the web packages."""


def main() -> int:
    """Run both halves at once; print the output of each in one piece, and return 1 when one of them failed.

    The branch coverage is that of the other tests: processes of a stack do not count (pyproject.toml).
    """
    pytest = [sys.executable, "-m", "pytest"]
    with tempfile.TemporaryFile() as log:
        beside = subprocess.Popen([*pytest, *END_TO_END], stdout=log, stderr=subprocess.STDOUT)
        try:
            others = subprocess.run(
                [*pytest, "--cov", *(f"--ignore={each}" for each in END_TO_END)], check=False
            ).returncode
            print(f"\n{' '.join(END_TO_END)}", flush=True)
            end_to_end = beside.wait()
        finally:
            if beside.poll() is None:
                beside.send_signal(signal.SIGINT)  # so that pytest stops its stack
                beside.wait()
            log.seek(0)
            sys.stdout.flush()
            sys.stdout.buffer.write(log.read())
            sys.stdout.flush()
    return int(others != 0 or end_to_end != 0)


if __name__ == "__main__":
    sys.exit(main())
