"""PNG decoder: the pixels that Pillow reads, and typed errors for everything else."""

import io
import random
import struct
import sys
import zlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from foveal.formats.base.files.deflate import compress
from foveal.formats.base.files.png import Picture, PngError, decode, encode


def _png(mode: str, size: tuple[int, int], seed: int = 0) -> tuple[Image.Image, bytes]:
    chance = random.Random(seed)
    channels = {"L": 1, "LA": 2, "RGB": 3, "RGBA": 4, "P": 1}[mode]
    smooth = bytes((x // 3 + chance.randrange(4)) % 256 for x in range(size[0] * size[1] * channels))
    picture = Image.frombytes(mode, size, smooth)
    if mode == "P":
        picture.putpalette([chance.randrange(256) for _ in range(768)])
    stream = io.BytesIO()
    picture.save(stream, "PNG")
    return picture, stream.getvalue()


@pytest.mark.parametrize("mode", ["L", "LA", "RGB", "RGBA", "P"])
@pytest.mark.parametrize("size", [(1, 1), (7, 3), (64, 33)])
def test_decoder_reads_the_samples_that_pillow_reads(mode: str, size: tuple[int, int]) -> None:
    picture, content = _png(mode, size)
    found = decode(content)
    assert (found.width, found.height) == size
    assert found.samples == picture.tobytes()
    if mode == "P":
        assert found.palette is not None


@pytest.mark.parametrize("kind", range(5))
def test_decoder_undoes_every_filter(kind: int) -> None:
    chance = random.Random(kind)
    width, height, step = 11, 6, 3
    rows = [bytes(chance.randrange(256) for _ in range(width * step)) for _ in range(height)]
    filtered = b"".join(bytes([kind]) + _filtered(rows, index, kind, step) for index in range(height))
    assert decode(_file(width, height, 8, 2, filtered)).samples == b"".join(rows)


@pytest.mark.parametrize("depth", [1, 2, 4])
def test_decoder_unpacks_samples_of_less_than_a_byte(depth: int) -> None:
    bits = "".join(f"{value % 2**depth:0{depth}b}" for value in range(5)).ljust(8 * -(-5 * depth // 8), "0")
    row = int(bits, 2).to_bytes(len(bits) // 8)
    assert decode(_file(5, 1, depth, 0, b"\0" + row)).samples == bytes(value % 2**depth for value in range(5))


def test_decoder_makes_few_steps_for_each_row_of_a_mask() -> None:
    rows, steps = 200, 0

    def count(_frame: Any, event: str, _argument: Any) -> None:
        nonlocal steps
        steps += event == "call"

    content = _file(800, rows, 1, 0, (b"\0" + bytes(100)) * rows)
    sys.setprofile(count)
    try:
        decode(content)
    finally:
        sys.setprofile(None)
    assert steps < 30 * rows


def test_decoder_refuses_a_picture_that_is_too_large_before_it_is_unpacked() -> None:
    with pytest.raises(PngError, match="more than are read"):
        decode(_file(60_000, 60_000, 8, 2, b""))


@pytest.mark.parametrize(("depth", "interlace", "words"), [(16, 0, "16 bits"), (8, 1, "interlaced"), (8, 0, "cut off")])
def test_decoder_names_the_kind_that_it_does_not_read(depth: int, interlace: int, words: str) -> None:
    with pytest.raises(PngError, match=words):
        decode(_file(2, 2, depth, 2, b"\0", interlace))


def test_decoder_raises_its_own_error_for_mutated_files() -> None:
    chance, (_, content) = random.Random(1), _png("RGB", (9, 9))
    for _ in range(500):
        broken = bytearray(content)
        for _ in range(chance.randint(1, 4)):
            broken[chance.randrange(len(broken))] = chance.randrange(256)
        try:
            decode(bytes(broken[: chance.randint(0, len(broken))]))
        except PngError:
            continue


@pytest.mark.parametrize("mode", ["L", "RGB"])
@pytest.mark.parametrize("size", [(1, 1), (7, 3), (64, 33), (300, 300)])
def test_encoder_writes_the_samples_that_pillow_reads(mode: str, size: tuple[int, int]) -> None:
    picture, _ = _png(mode, size)
    found = encode(Picture(*size, len(mode), picture.tobytes()))
    assert Image.open(io.BytesIO(found)).tobytes() == picture.tobytes()
    assert decode(found).samples == picture.tobytes()


def test_encoder_makes_little_of_pictures_of_few_colours() -> None:
    samples = (b"\1\2\3" * 300 + b"\0\0\0" * 340) * 480
    assert len(encode(Picture(640, 480, 3, samples))) < 20_000


@given(st.lists(st.tuples(st.integers(0, 255), st.integers(1, 700)), max_size=12), st.binary(max_size=50))
def test_deflated_bytes_are_inflated_by_zlib(runs: list[tuple[int, int]], tail: bytes) -> None:
    content = b"".join(bytes([value]) * count for value, count in runs) + tail
    assert zlib.decompress(compress(content)) == content


def _filtered(rows: list[bytes], index: int, kind: int, step: int) -> bytes:
    row, above = rows[index], rows[index - 1] if index else bytes(len(rows[0]))
    found = bytearray()
    for place, value in enumerate(row):
        left, up = row[place - step] if place >= step else 0, above[place]
        corner = above[place - step] if place >= step else 0
        nearest = min((left, up, corner), key=lambda each: abs(left + up - corner - each))
        found.append((value - (0, left, up, (left + up) // 2, nearest)[kind]) & 255)
    return bytes(found)


def _file(width: int, height: int, depth: int, colour: int, rows: bytes, interlace: int = 0) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, interlace)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )
