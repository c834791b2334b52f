"""Memory that a picture takes, measured in a process of its own."""

import io
import subprocess
import sys
from pathlib import Path
from typing import Any

import av
import pytest
from PIL import Image

from foveal.derivatives.recipes import Recipe
from foveal.errors import Unrenderable
from foveal.render.drawing import Drawing
from foveal.render.isolation.client import Drawings

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


def test_200_megapixel_jpeg_takes_a_tenth_of_the_functions_memory(huge_jpeg: Path) -> None:
    said, mebibytes = measured(huge_jpeg)
    assert said == "(320, 213)"
    assert mebibytes < 176


def test_decompression_bomb_takes_no_memory(tmp_path: Path) -> None:
    path = tmp_path / "bomb.png"
    Image.new("1", (30_000, 30_000)).save(path)
    said, mebibytes = measured(path)
    assert said == "refused"
    assert mebibytes < 16


def drawn(data: bytes, recipe: Recipe, **facts: Any) -> tuple[str, int]:
    """The outcome of a drawing, and the peak of its process in MiB."""
    drawings = Drawings()
    try:
        made = drawings.draw(Drawing(facts, recipe), lambda at, length: data[at : at + length], len(data)).file
        told = f"{len(made) > 0}"
    except Unrenderable as refused:
        told = refused.detail
    finally:
        drawings.close()
    assert drawings.last_outcome is not None
    return told, drawings.last_outcome.peak_bytes // 2**20


def movie_of_8k() -> bytes:
    output = io.BytesIO()
    with av.open(output, "w", format="mp4") as container:
        stream: Any = container.add_stream("libx264", rate=10, options={"preset": "ultrafast", "crf": "40"})
        stream.width, stream.height, stream.pix_fmt, stream.gop_size = 7680, 4320, "yuv420p", 1
        frame = av.VideoFrame(7680, 4320, "yuv420p")
        for plane in frame.planes:
            plane.update(bytes(plane.buffer_size))
        for number in range(4):
            frame.pts = number
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return output.getvalue()


def test_ordinary_8k_video_has_poster_and_strip() -> None:
    data = movie_of_8k()
    poster = drawn(data, Recipe("rendition", "thumbnail", 320, "webp"), media_type="video")
    strip = drawn(data, Recipe("strip", "strip", 160, "webp"), media_type="video")
    assert (poster[0], strip[0]) == ("True", "True")
    assert max(poster[1], strip[1]) < 600


def large_webp() -> bytes:
    """A lossless WebP whose header states 16,384 × 16,384 pixels (RFC 9649, 3.4)."""
    output = io.BytesIO()
    Image.new("RGB", (16, 16)).save(output, "WEBP", lossless=True)
    data = bytearray(output.getvalue())
    at = data.index(b"VP8L") + 9
    bits = int.from_bytes(data[at : at + 4], "little")
    data[at : at + 4] = (bits | (1 << 28) - 1).to_bytes(4, "little")
    return bytes(data)


def test_lossless_webp_is_refused_from_its_header_when_it_is_too_large() -> None:
    told, mebibytes = drawn(large_webp(), Recipe("rendition", "thumbnail", 320, "webp"), media_type="image")
    assert "too large" in told
    assert mebibytes < 100
