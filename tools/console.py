"""Build of the console, when its sources have changed since the last one: `python -m tools.console`.

The built files lie in `web/console/dist`, which git ignores: a deployment and the local stack take them from there.
"""

import fcntl
import hashlib
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from tools import node

WEB: Final = node.ROOT / "web"
DIST: Final = WEB / "console/dist"
LOCK: Final = node.ROOT / ".foveal/console-build.lock"
STAMP: Final = DIST / ".digest"
SOURCES: Final = ("package-lock.json", "package.json", "*.json", "console/**/*", "packages/client/**/*")
GENERATED: Final = {"node_modules", "dist", "tests"}


def build() -> Path:
    """Build the console unless it is built; return the folder. Raises CalledProcessError with the tools' output.

    Two that build at once wait for each other.
    """
    LOCK.parent.mkdir(exist_ok=True)
    with LOCK.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        wanted = digest(WEB)
        if not STAMP.is_file() or STAMP.read_text() != wanted:
            node.script(WEB, "build")
            STAMP.write_text(wanted)
    return DIST


def digest(web: Path) -> str:
    """Return the hash of what the build reads."""
    found = hashlib.sha256()
    for path in sorted(set(_sources(web))):
        found.update(f"\0{path.relative_to(web)}\0".encode() + path.read_bytes())
    return found.hexdigest()


def _sources(web: Path) -> Iterator[Path]:
    for pattern in SOURCES:
        for path in web.glob(pattern):
            if path.is_file() and not GENERATED & set(path.relative_to(web).parts):
                yield path


def main() -> int:
    """Build and print the folder; return 1 when the build fails."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # so that the tools of the build end too
    try:
        print(build())
    except subprocess.CalledProcessError as error:
        sys.stderr.write(f"{error.stdout}{error.stderr}\nThe console could not be built.\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
