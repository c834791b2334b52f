"""COCO in the shape of train2017: file to searchable, and out again as COCO, YOLO and Parquet, ours and FiftyOne's.

    python -m bench.label_files [--images 118287] [--peer PYTHON]

`--peer` is the interpreter of a virtual environment that has FiftyOne from PyPI; without it only our own figures are
printed. Both use the same mongod. Ours runs the jobs of an import and of exports in a process with the environment of
the worker, with a real S3 server beside it; the assets are in the catalog before, as they are in a project. FiftyOne's
importer makes its samples as well, from files that are empty: it does not open them. It has no exporter of Parquet: the
peer of ours, which holds every word of the annotations, is its own format (`FiftyOneDataset`), which does so too. CPU
seconds are those of the process alone, without the servers.
"""

import argparse
import json
import os
import subprocess
import tempfile
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Final
from unittest.mock import patch

from bench.coco_scan import IMAGES, make
from bench.ingest import servers
from bench.label_files.assets import fill
from bench.label_files.ours import FORMATS, measure
from bench.lines import compare, compare_with_limit, note
from foveal.stack_contract import FREED_MEMORY_IS_RETURNED

IMPORT_GOAL, EXPORT_GOAL = 5, 10
IMPORT_MIB: Final = 256.0
"""Peak of the process of an import, with its modules."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, default=IMAGES)
    parser.add_argument("--peer", help="an interpreter that has FiftyOne")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-labels-") as folder, servers.running(Path(folder)) as environment:
        path = Path(folder) / "instances_train2017.json"
        uri, name = environment["MONGODB_URI"], environment["MONGODB_DATABASE"]
        # The measured process has made neither the file nor the assets, whose memory it would still hold.
        with ProcessPoolExecutor(1, get_context("spawn")) as another:
            count = another.submit(make, path, chosen.images).result()
            another.submit(fill, uri, name, chosen.images).result()
        with ProcessPoolExecutor(1, get_context("spawn")) as worker, patch.dict(os.environ, FREED_MEMORY_IS_RETURNED):
            ours = worker.submit(measure, uri, name, path).result()
        size = f"{chosen.images:,} images, {count:,} annotations"
        note(f"ours, {size}: {ours}")
        compare_with_limit(f"labels.import, {size}", ours["import MiB"], IMPORT_MIB, "MiB", better="less")
        if chosen.peer:
            theirs = of_fiftyone(chosen.peer, uri, path, Path(folder))
            note(f"FiftyOne: {theirs}")
            goals = {"import": IMPORT_GOAL} | dict.fromkeys(FORMATS, EXPORT_GOAL)
            for name, goal in goals.items():
                compare(f"labels.{name}, {size}", ours[name], theirs[name], "s", better="less", goal=goal)
                cpu = f"{name} CPU"
                compare(f"labels.{cpu}, {size}", ours[cpu], theirs[cpu], "s", better="less", goal=goal)


def of_fiftyone(peer: str, uri: str, path: Path, folder: Path) -> dict[str, float]:
    """Return the seconds of FiftyOne."""
    media, out = folder / "media", folder / "out"
    media.mkdir()
    for image in json.loads(path.read_text())["images"]:
        (media / image["file_name"]).touch()
    done = subprocess.run(
        [peer, "-m", "bench.label_files.fiftyone_peer", str(path), str(media), str(out)],
        env={**os.environ, "FIFTYONE_DATABASE_URI": uri.partition("?")[0], "FIFTYONE_DO_NOT_TRACK": "true"},
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


if __name__ == "__main__":
    main()
