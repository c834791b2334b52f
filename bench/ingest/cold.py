"""Import and first call in a fresh process: time and memory, with compiled bytecode and without."""

import json
import statistics
import subprocess
import sys
import tempfile
from typing import Any

_PROGRAM = """
import sys, time, re, json
def peak():
    with open("/proc/self/status") as status:  # ru_maxrss starts at the parent's
        return int(re.search(r"VmHWM:\\s+(\\d+)", status.read())[1])
bare = peak()
event = json.loads(sys.stdin.read())
wall, cpu = time.perf_counter(), time.process_time()
from bench.ingest.handlers import CONTEXT, HANDLERS
HANDLERS[sys.argv[1]]()(event, CONTEXT)
wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
rss = peak() - bare
print(json.dumps({"cpu_ms": cpu * 1000, "wall_ms": wall * 1000, "rss_mib": rss / 1024}))
"""


def measure(environment: dict[str, str], who: str, version: Any, bytecode: bool, rounds: int) -> dict[str, float]:
    """Return medians of CPU and wall milliseconds, and of MiB over a bare interpreter."""
    from bench.ingest.workload import records

    event = json.dumps({"Records": records([version])})
    with tempfile.TemporaryDirectory(prefix="bench-bytecode-") as folder:
        settings = {**environment, "PYTHONPYCACHEPREFIX": folder}
        if not bytecode:
            settings["PYTHONDONTWRITEBYTECODE"] = "1"
        results = [_once(settings, who, event) for _ in range(rounds + 1)][1:]  # the first one compiles
    return {name: statistics.median(each[name] for each in results) for name in results[0]}


def _once(environment: dict[str, str], who: str, event: str) -> dict[str, float]:
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM, who], env=environment, input=event, capture_output=True, text=True
    )
    if done.returncode:
        raise SystemExit(done.stderr)
    result: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return result
