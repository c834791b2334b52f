"""Limits of one drawing, which the kernel enforces: address space, CPU time, and no byte of any file."""

import contextlib
import os
import resource
import sys
from pathlib import Path
from typing import Final

MAX_MEMORY_BYTES: Final = 1_150 * 1024 * 1024
"""Above what the process takes before it draws; the function has 1,769 MiB for it, the handler and the libraries."""
MAX_CPU_SECONDS: Final = 30
MAX_PATIENCE_SECONDS: Final = 12.0
"""On the clock, reads included, for a caller who waits: the function that asks ends after 20 seconds."""
MAX_WAIT_FACTOR: Final = 3
"""The time on the clock may be this much longer than the CPU time, for a decoder that waits for what never comes."""
_PR_SET_DUMPABLE: Final = 4


def hide_process() -> None:
    """Keep other processes of the same user from reading this one's environment and memory below /proc (prctl(2))."""
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)


def enforce(cpu_seconds: int) -> None:
    """Limit this process for good; beyond the limits allocations fail, and the process is ended by a signal."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds + 1))
    if sys.platform == "linux":  # elsewhere the address space cannot be limited
        most = _address_space_bytes() + MAX_MEMORY_BYTES
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
        with contextlib.suppress(OSError):  # of all processes the kernel then ends this one first
            Path("/proc/self/oom_score_adj").write_text("1000")


def _address_space_bytes() -> int:
    return int(Path("/proc/self/statm").read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE")
