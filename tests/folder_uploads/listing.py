"""Dry runs over many files: memory and the time to the first line."""

import resource
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

PROGRAM = "from foveal.cli import main; main()"


@dataclass(frozen=True)
class DryRun:
    """Lines of a dry run, its peak memory, and when its first line came."""

    lines: int
    peak_mib: float
    first_line_seconds: float
    seconds: float


def empty_files(root: Path, files: int, *, folders: int) -> Path:
    """Make files of one byte in so many folders, as hard links of one: a link costs a name and no inode."""
    root.mkdir(parents=True)
    source = root / "first.jpg"
    source.write_bytes(b"x")
    for number in range(folders):
        (root / f"{number:04}").mkdir()
        for each in range(files // folders):
            path = root / f"{number:04}" / f"IMG_{each:07}.jpg"
            try:
                path.hardlink_to(source)
            except OSError:  # the file system's limit of links to one file
                source = path
                source.write_bytes(b"x")
    return root


def dry_run(root: Path) -> DryRun:
    """List a folder by the command."""
    # The peak is of a process's life, so a process of its own starts the command and says what it took.
    started = time.monotonic()
    command = [sys.executable, "-c", PROGRAM, "upload", str(root), "--dry-run", "--project", "zoo"]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        first, lines = time.monotonic() - started, 1
        peak = 0.0
        for _ in process.stdout:
            lines += 1
            if lines % 1000 == 0:
                peak = max(peak, peak_mib(process.pid))
        assert process.wait() == 0
    return DryRun(lines, peak or resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024, first,
                  time.monotonic() - started)  # fmt: skip


def peak_mib(pid: int) -> float:
    """Return the peak of the resident memory of a process (`VmHWM`, proc(5)); 0 once it has ended."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0.0
    found = [line.split()[1] for line in status.splitlines() if line.startswith("VmHWM:")]
    return int(found[0]) / 1024 if found else 0.0
