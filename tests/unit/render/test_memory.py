"""Memory that a picture takes, measured in a process of its own."""

import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

ROOT = Path(__file__).resolve().parents[3]
PROGRAM = """
import sys
from foveal.render.decode import image
from foveal.errors import Unrenderable

def peak():
    lines = open("/proc/self/status").read().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))

before = peak()
try:
    with open(sys.argv[1], "rb") as source:
        print(image.upright(source, 320).size)
except Unrenderable:
    print("refused")
print((peak() - before) // 1024)
"""


pytestmark = pytest.mark.skipif(
    not Path("/proc/self/status").is_file(),
    reason="Linux alone tells a process's peak; ru_maxrss includes its parent's",
)


def measured(path: Path) -> tuple[str, int]:
    """What came out, and the growth of resident memory in MiB."""
    run = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(path)], cwd=ROOT, capture_output=True, text=True, check=True, timeout=120
    )
    said, mebibytes = run.stdout.splitlines()
    return said, int(mebibytes)


@pytest.fixture(scope="module")
def huge_jpeg(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """200 megapixels of one colour; what is decoded does not depend on what is shown."""
    path = tmp_path_factory.mktemp("huge") / "huge.jpg"
    Image.new("RGB", (17_320, 11_548), (90, 120, 30)).save(path, "JPEG", quality=60)
    return path


def test_a_200_megapixel_jpeg_takes_a_tenth_of_the_functions_memory(huge_jpeg: Path) -> None:
    said, mebibytes = measured(huge_jpeg)
    assert said == "(320, 213)"
    assert mebibytes < 176


def test_decompression_bomb_takes_no_memory(tmp_path: Path) -> None:
    path = tmp_path / "bomb.png"
    Image.new("1", (30_000, 30_000)).save(path)
    said, mebibytes = measured(path)
    assert said == "refused"
    assert mebibytes < 16
