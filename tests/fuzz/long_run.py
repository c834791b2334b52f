"""The long fuzzing run, documented in docs/probe.md:

    python -m tests.fuzz.long_run --inputs 1000000 --processes 2 --seed 1

Each process may grow by 64 MiB over what it holds once the readers are loaded. Prints one JSON object: inputs,
outcomes, slowest input, memory. An input that breaks a rule is written to a folder and ends the run with 1.
"""

from __future__ import annotations

import argparse
import collections
import hashlib
import json
import multiprocessing
import resource
import sys
import time
from pathlib import Path
from random import Random
from typing import Any

GROWTH_BYTES = 64 * 1024 * 1024


def work(seeds: list[bytes], inputs: int, seed: int, folder: Path) -> dict[str, Any]:
    """Examine `inputs` mutants; a broken rule is counted and its input kept."""
    from importlib import import_module
    from pkgutil import walk_packages

    import foveal.probe
    from tests.fuzz.mutation import examine, mutate

    for module in walk_packages(foveal.probe.__path__, "foveal.probe."):
        import_module(module.name)
    held = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (held + GROWTH_BYTES, resource.RLIM_INFINITY))
    random = Random(seed)
    outcomes: collections.Counter[str] = collections.Counter()
    slowest = 0.0
    for _ in range(inputs):
        data = mutate(random.choice(seeds), seeds, random)
        try:
            outcome, seconds = examine(data)
        except BaseException as error:  # a crash is what this looks for, whatever it is
            outcome, seconds = f"crash {type(error).__name__}: {error}"[:200], 0.0
        if seconds > 1 or outcome.startswith(("crash", "slip")):
            folder.mkdir(exist_ok=True)
            (folder / f"{hashlib.sha256(data).hexdigest()[:16]}.bin").write_bytes(data)
            outcome = outcome if seconds <= 1 else "slow"
        slowest = max(slowest, seconds)
        outcomes[outcome] += 1
    return {"outcomes": dict(outcomes), "slowest": slowest, "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss}


def collect(folders: list[Path]) -> list[bytes]:
    """Every file made by the tests, and small ones of the given folders."""
    from tests.unit.probe.dicoms import every_dicom
    from tests.unit.probe.movies import every_movie, every_other_container
    from tests.unit.probe.other_pictures import every_other_picture
    from tests.unit.probe.pictures import every_picture
    from tests.unit.probe.raws import every_raw, every_slide

    pictures, movies = every_picture() | every_other_picture(), every_movie() | every_other_container()
    files = (pictures | movies | every_dicom() | every_raw() | every_slide()).values()
    given = [path.read_bytes() for folder in folders for path in sorted(folder.rglob("*")) if path.is_file()]
    return sorted(data for data in {*files, *given} if 0 < len(data) <= 100_000)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--inputs", type=int, default=1_000_000)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=Path, action="append", default=[], help="more valid files to begin from")
    parser.add_argument("--found", type=Path, default=Path("fuzz-found"))
    options = parser.parse_args()
    context = multiprocessing.get_context("spawn")
    with context.Pool(1, maxtasksperchild=1) as pool:  # the makers' libraries stay out of the measured processes
        seeds = pool.apply(collect, (options.folder,))
    begin = time.perf_counter()
    share = options.inputs // options.processes
    tasks = [(seeds, share, options.seed + number, options.found) for number in range(options.processes)]
    with context.Pool(options.processes) as pool:
        results = pool.starmap(work, tasks)
    outcomes: collections.Counter[str] = collections.Counter()
    for result in results:
        outcomes.update(result["outcomes"])
    report = {
        "inputs": sum(outcomes.values()),
        "seeds": len(seeds),
        "seed": options.seed,
        "outcomes": dict(outcomes.most_common()),
        "slowest_seconds": round(max(result["slowest"] for result in results), 4),
        "peak_rss_bytes": 1024 * max(result["peak"] for result in results),
        "elapsed_seconds": round(time.perf_counter() - begin, 1),
    }
    print(json.dumps(report))
    broken = [name for name in outcomes if name.startswith(("crash", "slip")) or name == "slow"]
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
