"""Run of the whole suite: tests without a database at the lowest priority, beside those with one, then of browsers.

A stack and a browser leave a core idle at times, and what they show depends on the load of the machine; what a function
returns does not.
"""

import signal
import subprocess
import sys
import tempfile
from typing import Final

WITHOUT_DATABASE: Final = ("tests/unit", "tests/infra", "tests/fuzz", "tests/folder_uploads")
STACKS: Final = ("tests/e2e", "tests/web")
"""One after the other, since both build the web packages."""
CHECKED: Final = "tests/infra/test_rule_packs.py"
"""`make check` runs it."""
PYTEST: Final = (sys.executable, "-m", "pytest")
LOWEST_PRIORITY: Final = ("nice", "-n", "19")


def main() -> int:
    """Run the three parts, print the output of each in one piece, and return 1 when one of them failed."""
    with tempfile.TemporaryFile() as log:
        beside = subprocess.Popen(
            [*LOWEST_PRIORITY, *PYTEST, *WITHOUT_DATABASE, f"--ignore={CHECKED}"], stdout=log, stderr=subprocess.STDOUT
        )
        try:
            others = [f"--ignore={each}" for each in (*WITHOUT_DATABASE, *STACKS)]
            done = [subprocess.run([*PYTEST, *part], check=False).returncode for part in (others, STACKS)]
            done.append(beside.wait())
        finally:
            if beside.poll() is None:
                beside.send_signal(signal.SIGINT)  # so that pytest stops its servers
                beside.wait()
            log.seek(0)
            print(f"\n{' '.join(WITHOUT_DATABASE)}", flush=True)
            sys.stdout.buffer.write(log.read())
            sys.stdout.flush()
    return int(any(done))


if __name__ == "__main__":
    sys.exit(main())
