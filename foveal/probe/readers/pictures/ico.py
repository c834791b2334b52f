"""ICO and CUR: facts of the largest picture of the icon."""

from __future__ import annotations

import struct

from foveal.probe.errors import malformed, truncated
from foveal.probe.facts import Facts
from foveal.probe.picture_size import set_size
from foveal.probe.readers.pictures.bmp import read_dib
from foveal.probe.window import Window


def read(window: Window, facts: Facts) -> None:
    """Read the largest picture, which decoders open; `page_count` is the number of pictures."""
    kind, count = struct.unpack_from("<HH", window.read(0, 6), 2)
    facts.set_kind("image", "ico" if kind == 1 else "cur", "image/vnd.microsoft.icon")
    if not count:
        raise malformed("an icon without pictures")
    table = window.read(6, 16 * count)
    entries = []
    for at in range(0, len(table), 16):
        width, height, _, _, _, depth, size, offset = struct.unpack_from("<4BHHII", table, at)
        entries.append(((width or 256) * (height or 256), depth, size, offset))
    _, _, size, offset = max(entries, key=lambda entry: entry[:2])
    if offset + size > window.size:
        raise truncated("a picture that ends after the file")
    if offset < 6 + 16 * count or size < 12:
        raise malformed(f"a picture of {size} bytes at {offset}")
    facts.page_count = count
    if window.read(offset, 8) == b"\x89PNG\r\n\x1a\n":
        width, height, depth, colour = struct.unpack_from(">IIBB", window.read(offset + 16, 17))
        set_size(facts, width, height)
        facts.num_channels = {0: 1, 2: 3, 3: 3, 4: 2, 6: 4}.get(colour)
        facts.bit_depth = 8 if colour == 3 else depth
        facts.colour_space = "gray" if colour in (0, 4) else "rgb"
        facts.codec = "png"
    else:
        row_bytes = read_dib(window, offset, facts, is_icon=True)
        if not row_bytes:
            raise malformed("a compressed bitmap, which no icon holds")
        if offset + row_bytes * (facts.stored_height or 0) > window.size:
            raise truncated(f"{facts.stored_height} rows of {row_bytes} bytes do not fit in {window.size} bytes")
    facts.has_alpha = True  # an icon has a mask at least
