"""Conversion of label files in tests, and mutation of their bytes."""

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from foveal.formats.conversion import convert_files

Line = dict[str, Any]


def converted(path: Path, out: Path, to: str, **options: str) -> list[Line]:
    """Convert files and return the lines; the last is a summary."""
    found = list(convert_files(path, out, to, options=[f"{name}={value}" for name, value in options.items()]))
    assert found[-1]["kind"] == "summary", found[-1]
    return found


def mutations(content: bytes, count: int, seed: int = 0) -> Iterator[bytes]:
    """Yield contents with bytes changed, cut, doubled or replaced by what parsers stumble over."""
    chance = random.Random(seed)
    words = [b"-1", b"1e999", b"NaN", b"null", b'""', b"[]", b"{}", b"\xff", b"\x00", b'"', b",", b"0" * 40, b"true"]
    for _ in range(count):
        found = bytearray(content)
        for _ in range(chance.randint(1, 4)):
            at = chance.randrange(len(found) + 1)
            length = chance.choice((1, 1, 2, 8, 40))
            match chance.randrange(5):
                case 0:
                    found[at : at + 1] = bytes([chance.randrange(256)])
                case 1:
                    del found[at : at + length]
                case 2:
                    found[at:at] = found[at : at + length]
                case 3:
                    found[at : at + length] = chance.choice(words)
                case _:
                    other = chance.randrange(len(found) + 1)
                    found[at : at + length] = found[other : other + length]
        yield bytes(found)
