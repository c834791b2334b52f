"""COCO file in the shape of train2017 against the usual readers: scan, reading by image, memory.

    python -m bench.coco_scan [--images 118287] [--rounds 3]

The file has 7.27 annotations an image, in no order of images, with outlines of 3 to 45 points, and 3.8 kB an image as
train2017 has (448 MB, 118,287 images, 860,001 annotations). Each reader is a process of its own: `scan` makes the index
of `foveal.formats.coco`, `read` yields every placed item as `foveal labels inspect` does; the peers are `json.load` and
`pycocotools.coco.COCO`. Speed is megabytes (10^6) by CPU time, memory the largest resident set above that of the
process with its modules loaded. Goals: a scan of at least 40 MB/s in at most 32 MB, all read in at most 256 MB.
"""

import argparse
import json
import random
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from bench.lines import compare, compare_with_limit, note

IMAGES = 118_287
ANNOTATIONS_AN_IMAGE = 7.27
GOAL_SCAN_MB_S, GOAL_SCAN_MB, GOAL_READ_MB = 40.0, 32.0, 256.0
PROGRAMS = {
    "scan": """
from foveal.formats.coco.index import CocoIndex
def run(path):
    with open(path, "rb") as stream:
        return len(CocoIndex(stream).annotations)
""",
    "read": """
from pathlib import Path
from foveal.formats.base.model.context import Context
from foveal.formats.base.model.items import Annotation
from foveal.formats.reading import read
from foveal.formats.registry import load
from foveal.formats.base.files.source import open_source
format_ = load("coco")
def run(path):
    with open_source(Path(path)) as source:
        return sum(isinstance(item, Annotation) for item in read(source, format_, Context()))
""",
    "json.load": """
import json
def run(path):
    with open(path) as stream:
        return len(json.load(stream)["annotations"])
""",
    "pycocotools": """
import contextlib, io
from pycocotools.coco import COCO
def run(path):
    with contextlib.redirect_stdout(io.StringIO()):
        return len(COCO(path).anns)
""",
}
MEASURE = """
import json, resource, sys, time
def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
before, started = peak(), time.process_time()
count = run(sys.argv[1])
seconds = time.process_time() - started
print(json.dumps({"count": count, "seconds": seconds, "mb": peak() - before}))
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, default=IMAGES)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--programs", nargs="*", default=list(PROGRAMS), choices=list(PROGRAMS))
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-coco-") as folder:
        path = Path(folder) / "instances_train2017.json"
        count = make(path, chosen.images)
        size = path.stat().st_size / 1e6
        note(f"{size:.0f} MB, {chosen.images} images, {count} annotations")
        found: dict[str, dict[str, float]] = {}
        for program in chosen.programs:
            rounds = [measure(program, path, count) for _ in range(chosen.rounds)]
            found[program] = {
                "mb_s": size / statistics.median(each["seconds"] for each in rounds),
                "mb": max(each["mb"] for each in rounds),
            }
            note(f"{program}: {found[program]}")
    report(found)


def make(path: Path, images: int) -> int:
    """Write a COCO file and return the number of its annotations."""
    chance, count = random.Random(2017), round(images * ANNOTATIONS_AN_IMAGE)
    with path.open("w") as stream:
        stream.write('{"info": {"year": 2017}, "licenses": [{"id": 1}], "images": [')
        for number in range(images):
            stream.write(", " * bool(number) + json.dumps(_image(number)))
        stream.write('], "annotations": [')
        for number in range(count):
            stream.write(", " * bool(number) + json.dumps(_annotation(number, images, chance)))
        stream.write('], "categories": [')
        stream.write(", ".join(json.dumps({"id": each, "name": f"class {each}"}) for each in range(1, 91)))
        stream.write("]}")
    return count


def _image(number: int) -> dict[str, Any]:
    name = f"{number * 5:012d}.jpg"
    return {
        "license": 1,
        "file_name": name,
        "coco_url": f"http://images.cocodataset.org/train2017/{name}",
        "height": 480,
        "width": 640,
        "date_captured": "2013-11-14 11:18:45",
        "flickr_url": "http://farm9.staticflickr.com/8186/8119368305_4e622c8349_z.jpg",
        "id": number * 5,
    }


def _annotation(number: int, images: int, chance: random.Random) -> dict[str, Any]:
    x, y = chance.uniform(0, 540), chance.uniform(0, 400)
    points = range(chance.randint(3, 45))
    ring = [round(each, 2) for _ in points for each in (x + chance.uniform(0, 100), y + chance.uniform(0, 80))]
    return {
        "segmentation": [ring],
        "area": round(chance.uniform(10, 8000), 4),
        "iscrowd": 0,
        "image_id": chance.randrange(images) * 5,
        "bbox": [round(x, 2), round(y, 2), 100.0, 80.0],
        "category_id": chance.randint(1, 90),
        "id": 900_000 + number,
    }


def measure(program: str, path: Path, count: int) -> dict[str, float]:
    """Return CPU seconds and megabytes of one reader in a process of its own."""
    command = [sys.executable, "-c", PROGRAMS[program] + MEASURE, str(path)]
    found: dict[str, float] = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    if found["count"] != count:
        raise AssertionError(f"{program} found {found['count']} annotations, not {count}")
    return found


def report(found: dict[str, dict[str, float]]) -> None:
    for ours in ("scan", "read"):
        for peer in ("json.load", "pycocotools"):
            if ours in found and peer in found:
                title = f"COCO, {ours}, against {peer}"
                compare(title, found[ours]["mb_s"], found[peer]["mb_s"], "MB/s of CPU", better="more", goal=0)
                compare(title, found[ours]["mb"], found[peer]["mb"], "MB above start", better="less", goal=1)
    if "scan" in found:
        compare_with_limit("COCO, scan", found["scan"]["mb_s"], GOAL_SCAN_MB_S, "MB/s of CPU", better="more")
        compare_with_limit("COCO, scan", found["scan"]["mb"], GOAL_SCAN_MB, "MB above start", better="less")
    if "read" in found:
        compare_with_limit("COCO, read", found["read"]["mb"], GOAL_READ_MB, "MB above start", better="less")


if __name__ == "__main__":
    main()
