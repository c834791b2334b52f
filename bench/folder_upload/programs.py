"""Programs that are measured, and their cost: wall time, CPU of the process, peak memory."""

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from typing import NamedTuple

from bench import cpu
from bench.lines import note

OURS = [sys.executable, "-c", "from foveal.cli import main; main()", "upload", "--json"]


class Cost(NamedTuple):
    """Wall and CPU seconds (user and system) of a program, its peak of resident memory, and CPU seconds of the program
    and all servers but S3."""

    wall: float
    cpu: float
    peak_mib: float
    cpu_beside_s3: float


def run(who: str, command: Sequence[str], environment: dict[str, str]) -> Cost:
    """Run a program to its end; what the servers spent meanwhile goes to standard error. Stops if it fails."""
    before, started = cpu.milliseconds_by_program(), time.monotonic()
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.monotonic() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{who} ended with {process.returncode}")
    spent = cpu.milliseconds_by_program() - before
    own = usage.ru_utime + usage.ru_stime
    beside = sum(each for name, each in spent.items() if name != "weed") / 1000
    cost = Cost(wall, own, usage.ru_maxrss / 1024, own + beside)
    servers = ", ".join(f"{name} {each / 1000:.1f} s" for name, each in spent.most_common() if each >= 100)
    note(f"{who}: {cost.wall:.1f} s, CPU {cost.cpu:.2f} s, {cost.peak_mib:.0f} MiB; servers: {servers}")
    return cost


def median(costs: Sequence[Cost]) -> Cost:
    """Return the median of each figure of some runs."""
    return Cost(*(statistics.median(figures) for figures in zip(*costs, strict=True)))
