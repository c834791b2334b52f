"""CPU time of the programs that a benchmark has started, from Linux's /proc."""

import os
from collections import Counter
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


def milliseconds_by_program() -> Counter[str]:
    """Return user and system milliseconds of every living descendant of this process, by the name of its program.

    Python programs are named by their module (`python -m bench.name` is `bench.name`). Resolution is 10 ms. Raises
    SystemExit where there is no /proc.
    """
    if not Path("/proc/self/stat").exists():
        raise SystemExit("this reads the CPU time of other processes from /proc, which only Linux has")
    parents, found = {os.getpid()}, Counter[str]()
    for process in sorted((each for each in Path("/proc").iterdir() if each.name.isdigit()), key=lambda p: int(p.name)):
        try:
            fields = (process / "stat").read_text().rpartition(")")[2].split()
            arguments = (process / "cmdline").read_bytes().decode("utf-8", "replace").split("\0")
        except OSError:  # it has ended meanwhile
            continue
        if int(fields[1]) in parents:
            parents.add(int(process.name))
            found[_name(arguments)] += (int(fields[11]) + int(fields[12])) * 1000 // _TICKS
    return found


def _name(arguments: list[str]) -> str:
    return arguments[2] if arguments[1:2] == ["-m"] else Path(arguments[0]).name
