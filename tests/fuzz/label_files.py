"""The long fuzzing run over the readers of label files, documented in docs/labels.md:

    python -m tests.fuzz.label_files --inputs 200000 --processes 2 --seed 1 [--folder CORPUS]

Each input is a data set with a file changed: bits and bytes, cuts, copies, and values that people and programs leave in
text (huge numbers, NaN, names with `..`, deep nesting). Every reader has to end with an `error` line or with items that
obey the count law and the annotation model; each process may grow by 256 MiB over what it holds once the readers are
loaded, and no input, of 200 kB at most, may take more than two seconds of CPU. Prints one JSON object; an input that
breaks a rule is written to a folder and ends the run with 1.
"""

from __future__ import annotations

import argparse
import collections
import json
import multiprocessing
import re
import resource
import shutil
import sys
import tempfile
import time
from pathlib import Path
from random import Random
from typing import Any

GROWTH_BYTES = 256 * 1024 * 1024
MAX_SECONDS = 2.0
MAX_BYTES = 200_000
TOKENS = re.compile(rb'-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|"[^"\\]*"|[\w.]+')
VALUES = (
    *(b"1e308", b"-1e308", b"1" + b"0" * 400, b"NaN", b"-Infinity", b"-0.0", b"1e-320", b"1e999", b"99999999999"),
    *(b"9223372036854775808", b"-1", b"0", b"0.5", b"1_000", b"true", b"null", b'"x"', b"[]", b"{}", b"", b" "),
    *(b'"\\ud800"', b'"a\\u0000b"', b'"../../x.jpg"', b'"/etc/passwd"', b'"C:\\\\x.jpg"', b'""', b'"a.b.c/d.e"'),
    *(b"\xff\xfe", b"\xed\xa0\x80", b"\x00", b"\x1b[31m", b"&#0;", b"&lt;a&gt;", b"<a>" * 300, b"\xe2\x80\xa8"),
    *(b"[" * 2_000, b'{"a":' * 2_000, b"- " * 2_000, b"&a [*a]", b"x" * 70_000, b'"' + b"y" * 5_000 + b'"'),
)
Files = dict[str, bytes]


def changed(files: Files, seeds: list[Files], random: Random) -> Files:
    """Return a data set with one or two of its files changed, taken away or named otherwise."""
    from tests.fuzz.mutation import mutate

    found = dict(files)
    for _ in range(random.choice((1, 1, 1, 2))):
        name = random.choice(sorted(found))
        data, kind = found[name], random.random()
        if kind < 0.03 and len(found) > 1:
            del found[name]
        elif kind < 0.05:
            found[random.choice(("images/a.txt", "x\x1b.json", "é.xml", "labels/.txt", "data.yaml"))] = data
        elif kind < 0.5:
            others = [each for each in random.choice(seeds).values() if each]
            found[name] = mutate(data, others, random) if data and others else b"{"
        else:
            found[name] = with_other_values(data, random)
    return found


def with_other_values(data: bytes, random: Random) -> bytes:
    """Return text with some of its numbers, words or lines replaced."""
    if random.random() < 0.2:
        lines = data.splitlines(keepends=True) or [b""]
        first, second = random.randrange(len(lines)), random.randrange(len(lines))
        lines[first:first] = [lines[second]] * random.choice((1, 1, 40))
        return b"".join(lines)[: 4 * MAX_BYTES]
    for _ in range(random.choice((1, 1, 2, 5))):
        places = [each.span() for each in TOKENS.finditer(data)]
        if places:
            start, end = random.choice(places)
            data = data[:start] + random.choice(VALUES) + data[end:]
    return data


def work(seeds: dict[str, list[Files]], inputs: int, seed: int, found: Path) -> dict[str, Any]:
    """Inspect `inputs` mutants; a broken rule is counted and its input kept."""
    from foveal.formats.registry import load
    from tests.unit.formats.reading import inspected

    for name in seeds:
        load(name)
    root = Path(tempfile.mkdtemp(prefix="fuzz-labels-"))
    for name, given in seeds.items():  # loads what the readers load at their first use
        inspected(written(given[0], root / "in"), name)
    held = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (held + GROWTH_BYTES, resource.RLIM_INFINITY))
    random, outcomes, slowest = Random(seed), collections.Counter[str](), 0.0
    for number in range(inputs):
        name = random.choice(sorted(seeds))
        files = changed(random.choice(seeds[name]), seeds[name], random)
        path, started = written(files, root / "in"), time.process_time()
        try:
            last = inspected(path, None if random.random() < 0.2 else name)[-1]
            outcome = "read" if last["kind"] == "summary" else f"refused {last['code']}"
        except Exception as error:  # a crash is what this looks for, whatever it is
            outcome = f"crash {name} {type(error).__name__}: {error}"[:200]
        seconds = time.process_time() - started
        outcome = outcome if seconds <= MAX_SECONDS else f"slow {name}"
        if outcome.startswith(("crash", "slow")):
            shutil.copytree(root / "in", found / f"{name}-{seed}-{number}")
        slowest = max(slowest, seconds)
        outcomes[outcome] += 1
    shutil.rmtree(root)
    return {"outcomes": dict(outcomes), "slowest": slowest, "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss}


def written(files: Files, folder: Path) -> Path:
    """Write a data set to a folder that is emptied before; names that are no names of files are left out."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for name, data in files.items():
        try:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(data)
        except (OSError, ValueError):
            continue
    return folder


def collect(folders: list[Path]) -> dict[str, list[Files]]:
    """Return by format the samples of the round-trip matrix in it, and the small data sets of the given folders."""
    from foveal.formats.base.files.source import open_source
    from foveal.formats.base.model.items import FormatError
    from foveal.formats.registry import detect
    from tools.round_trip import matrix, samples

    found: dict[str, list[Files]] = {}
    with tempfile.TemporaryDirectory() as temporary:
        for format_ in matrix.formats():
            path = Path(temporary) / format_.name
            matrix.write(samples.data_set(), format_, path)
            found[format_.name] = [files_of(path)]
    for folder in (each for given in folders for each in sorted(given.rglob("*")) if each.is_dir()):
        files = files_of(folder)
        if files and sum(map(len, files.values())) <= MAX_BYTES and len(files) <= 40:
            try:
                with open_source(folder) as source:
                    found[detect(source).name].append(files)
            except FormatError:
                continue
    return found


def files_of(folder: Path) -> Files:
    return {str(each.relative_to(folder)): each.read_bytes() for each in sorted(folder.rglob("*")) if each.is_file()}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--inputs", type=int, default=200_000)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=Path, action="append", default=[], help="more valid data sets to begin from")
    parser.add_argument("--found", type=Path, default=Path("fuzz-found"))
    options = parser.parse_args()
    seeds, started = collect(options.folder), time.perf_counter()
    share = options.inputs // options.processes
    tasks = [(seeds, share, options.seed + number, options.found) for number in range(options.processes)]
    with multiprocessing.get_context("spawn").Pool(options.processes) as pool:
        results = pool.starmap(work, tasks)
    outcomes: collections.Counter[str] = collections.Counter()
    for result in results:
        outcomes.update(result["outcomes"])
    report = {
        "inputs": sum(outcomes.values()),
        "seeds": {name: len(given) for name, given in seeds.items()},
        "outcomes": dict(outcomes.most_common()),
        "slowest_seconds": round(max(result["slowest"] for result in results), 3),
        "peak_rss_bytes": 1024 * max(result["peak"] for result in results),
        "elapsed_seconds": round(time.perf_counter() - started, 1),
    }
    print(json.dumps(report))
    return 1 if any(name.startswith(("crash", "slow")) for name in outcomes) else 0


if __name__ == "__main__":
    sys.exit(main())
