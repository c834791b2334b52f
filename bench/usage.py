"""Usage of a benchmark, its mongod and the machine at one moment, and peak memory of a process (Linux)."""

import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pymongo.database import Database

from foveal.database.client import Document

PAGES_READ: Final = "pages read into cache"
EVICTED_BY_WRITERS: Final = "pages evicted by application threads"
_TICKS: Final = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Usage:
    """Counters of this process, of mongod and of the machine at one moment; times in seconds."""

    at: float
    client: float
    mongod: float
    machine: float
    read_bytes: int
    written_bytes: int
    pages_read: int
    evicted_by_writers: int

    @classmethod
    def now(cls, database: Database[Document]) -> "Usage":
        told = database.client.admin.command("serverStatus")
        process = Path("/proc") / str(told["pid"])
        io = dict(line.split(": ") for line in (process / "io").read_text().splitlines())
        cache, extra = told["wiredTiger"]["cache"], told["extra_info"]
        user, nice, system, _, _, irq, soft_irq, steal, *_ = map(
            int, Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:]
        )
        return cls(
            time.perf_counter(),
            time.process_time(),
            (extra["user_time_us"] + extra["system_time_us"]) / 1e6,
            (user + nice + system + irq + soft_irq + steal) / _TICKS,
            int(io["read_bytes"]),
            int(io["write_bytes"]),
            cache[PAGES_READ],
            cache[EVICTED_BY_WRITERS],
        )


def forget_peak() -> None:
    """Have the peak of this process's memory begin with what it holds now."""
    Path("/proc/self/clear_refs").write_text("5")


def peak_mb() -> float:
    """Return the peak of this process's memory; `ru_maxrss` of a child would begin with its parent's."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024
