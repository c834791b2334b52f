"""Movies of many gigabytes: their index is found behind a hole, by a few reads of kilobytes."""

import struct
import tracemalloc
from pathlib import Path

from foveal.probe import CountedSource, FileSource, probe
from tests.unit.probe.movies import FRAMES, HEIGHT, WIDTH, movie

SIZE_BYTES = 5 * 1024**3


def test_five_gigabytes_before_the_index_cost_few_requests_and_no_memory(tmp_path: Path) -> None:
    data = movie()
    at = data.rindex(b"moov") - 4
    head = data[: struct.unpack_from(">I", data)[0]] + struct.pack(">I4sQ", 1, b"mdat", SIZE_BYTES)
    path = tmp_path / "large.mp4"
    with path.open("wb") as file:
        file.write(head)
        file.seek(len(head) - 16 + SIZE_BYTES)
        file.write(data[at:])
    source = CountedSource(FileSource(path))
    tracemalloc.start()
    facts = probe(source)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (facts.format, facts.width, facts.height, facts.frame_count) == ("mp4", WIDTH, HEIGHT, FRAMES)
    assert source.requests <= 3
    assert source.bytes_read <= 256 * 1024
    assert peak <= 4 * 1024 * 1024
