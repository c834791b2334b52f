"""Thumbnails: ours against Pillow done naively and pyvips, in thumbnails per second and peak memory.

    python -m bench.render [--pictures 24]

Twelve-megapixel JPEGs with an orientation and a colour profile become upright WebP files 320 pixels wide. "Naively"
is the code of most tutorials: open, transpose, resize, save. Each runs in a process of its own, one thread; the time
is CPU (user and system) of the work alone, memory is the peak above what the imports take (Linux). The second
comparison is one JPEG of 200 megapixels. The third is the whole way of the render function, in a process for each
thumbnail, against the same work without processes. Prints one JSON object a line. pyvips has no wheel, so it is not
among the project's packages and is left out unless `uv pip install pyvips==3.2.0 pyvips-binary==8.18.7` brought it.
"""

import argparse
import importlib.util
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image, ImageCms

from bench.lines import compare, note
from foveal.derivatives.recipes import Recipe
from foveal.render.drawing import Drawing
from foveal.render.isolation.client import Drawings

ROOT = Path(__file__).resolve().parent.parent
MEASURE = """
import io, json, sys, time
{imports}
def peak():
    # not ru_maxrss: it starts with what the parent process held
    lines = open("/proc/self/status").read().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))
def thumbnail(path):
{body}
paths = sys.argv[1:]
before = peak()
started = time.process_time()
sizes = [len(thumbnail(path)) for path in paths]
seconds = time.process_time() - started
print(json.dumps({{"seconds": seconds, "mebibytes": (peak() - before) / 1024, "bytes": sum(sizes)}}))
"""
PROGRAMS = {
    "ours": (
        "from foveal.render.decode import image",
        '    with open(path, "rb") as source:\n        return image.encode(image.upright(source, 320), "webp")',
    ),
    "pillow": (
        "from PIL import Image, ImageOps\nImage.MAX_IMAGE_PIXELS = None",
        "    image = ImageOps.exif_transpose(Image.open(path))\n"
        "    image = image.resize((320, round(image.height * 320 / image.width)), Image.Resampling.LANCZOS)\n"
        "    output = io.BytesIO()\n"
        '    image.save(output, "WEBP", quality=82, method=4)\n'
        "    return output.getvalue()",
    ),
    "pyvips": (
        "import pyvips\npyvips.cache_set_max(0)",
        '    image = pyvips.Image.thumbnail(path, 320, height=640, export_profile="srgb")\n'
        '    return image.write_to_buffer(".webp", Q=82, effort=4, keep="none")',
    ),
}


def picture(width: int, height: int, path: Path, seed: int) -> Path:
    """Write a JPEG with soft shapes and some noise, turned by 90 degrees, with a profile."""
    chance = np.random.default_rng(seed)
    small = Image.fromarray(chance.integers(0, 255, (24, 32, 3), np.uint8))
    image = small.resize((width, height), Image.Resampling.BICUBIC)
    exif = Image.Exif()
    exif[0x0112] = 6
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    image.save(path, "JPEG", quality=90, exif=exif, icc_profile=profile)
    return path


def measured(name: str, paths: list[Path]) -> dict[str, float] | None:
    if name == "pyvips" and importlib.util.find_spec("pyvips") is None:
        return None
    imports, body = PROGRAMS[name]
    program = MEASURE.format(imports=imports, body=body)
    best: dict[str, float] | None = None
    for _ in range(3):
        run = subprocess.run(
            [sys.executable, "-c", program, *map(str, paths)],
            cwd=ROOT,
            check=True,
            capture_output=True,
            text=True,
            env={"VIPS_CONCURRENCY": "1", "PATH": ""},
        )
        found: dict[str, float] = json.loads(run.stdout)
        if best is None or found["seconds"] < best["seconds"]:
            best = found
    return best


def drawn_in_a_process(drawings: Drawings, path: Path) -> float:
    """Return the CPU seconds of a thumbnail, here and in its process."""
    data = path.read_bytes()

    def read_range(offset: int, length: int) -> bytes:
        return data[offset : offset + length]

    started = time.process_time()
    drawings.draw(Drawing({}, Recipe("rendition", "thumbnail", 320, "webp")), read_range, len(data))
    assert drawings.last_outcome is not None
    return drawings.last_outcome.cpu_seconds + time.process_time() - started


def compare_processes(paths: list[Path]) -> None:
    """Compare thumbnails that are drawn in processes of their own with those that are drawn in one."""
    drawings = Drawings()
    drawn_in_a_process(drawings, paths[0])  # the server starts
    seconds = sum(drawn_in_a_process(drawings, path) for path in paths)
    drawings.close()
    alone = measured("ours", paths)
    assert alone is not None
    speeds = len(paths) / seconds, len(paths) / alone["seconds"]
    compare("thumbnails_in_processes_against_in_one", *speeds, "thumbnails/CPU-s", better="more", goal=0.7)


def compare_with_peers(title: str, paths: list[Path]) -> None:
    found = {name: measured(name, paths) for name in PROGRAMS}
    ours = found["ours"]
    assert ours is not None
    for peer in ("pillow", "pyvips"):
        other = found[peer]
        if other is None:
            note(f"{peer} is not installed: left out")
            continue
        speeds = len(paths) / ours["seconds"], len(paths) / other["seconds"]
        compare(f"{title}_against_{peer}", *speeds, "thumbnails/CPU-s", better="more")
        compare(f"{title}_memory_against_{peer}", ours["mebibytes"], other["mebibytes"], "MiB", better="less")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pictures", type=int, default=24)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        many = [picture(4000, 3000, Path(folder) / f"{number}.jpg", number) for number in range(chosen.pictures)]
        compare_with_peers("thumbnails_12_megapixels", many)
        compare_processes(many)
        compare_with_peers("thumbnail_200_megapixels", [picture(17_320, 11_548, Path(folder) / "huge.jpg", 99)])
