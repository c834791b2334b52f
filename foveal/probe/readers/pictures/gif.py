"""GIF87a and GIF89a: size, frames and their delays, by walking the blocks."""

from __future__ import annotations

import re
import struct

from foveal.probe.errors import active_content, malformed
from foveal.probe.facts import Facts
from foveal.probe.picture_size import set_size
from foveal.probe.window import Window

_MAX_BLOCKS = 50_000
_POLYGLOT = re.compile(rb"GIF8[79]a(?:/\*|=)")


class _Blocks:
    """Position in the object that advances block by block over bytes fetched in growing pieces."""

    def __init__(self, window: Window, offset: int) -> None:
        self._window = window
        self._data = b""
        self._start = self.offset = offset

    def take(self, length: int) -> bytes:
        """Return the next bytes; raises ProbeError (`truncated`) at the end of the object."""
        at = self.offset - self._start
        if at + length > len(self._data):
            reach = max(length, self._window.reach(self.offset))
            self._data, self._start, at = self._window.read(self.offset, reach), self.offset, 0
        self.offset += length
        return self._data[at : at + length]

    def can_take(self, length: int) -> bool:
        """Return whether this needs no unplanned request."""
        return self._window.can_plan(self.offset, length)

    @property
    def is_at_end(self) -> bool:
        """Return whether the object ends here, between two blocks."""
        return self.offset == self._window.size

    def skip_sub_blocks(self) -> bool:
        """Skip data sub-blocks; return False if the planned bytes end first."""
        while True:
            if not self.can_take(1):
                return False
            length = self.take(1)[0]
            if length == 0:
                return True
            self.offset += length


def read(window: Window, facts: Facts) -> None:
    """Read size and count frames within the planned bytes; a longer GIF is animated without a frame count."""
    facts.set_kind("image", "gif", "image/gif")
    header = window.read(0, 13)
    if _POLYGLOT.match(header) and b"*/" in window.upto(0, 65536):
        raise active_content("a script that begins with a GIF's header")
    width, height, flags = struct.unpack_from("<HHB", header, 6)
    facts.bit_depth, facts.colour_space, facts.num_channels, facts.has_alpha = 8, "rgb", 3, False
    facts.codec = "gif"
    blocks = _Blocks(window, 13 + (3 << ((flags & 7) + 1) if flags & 0x80 else 0))
    frames, delay, is_whole, largest = _walk(blocks, facts)
    if width == 0 or height == 0:  # decoders take the first frame's size then
        width, height = largest
    set_size(facts, width, height)
    facts.is_animated = frames > 1 if frames > 1 or is_whole else None
    if is_whole:
        facts.frame_count = frames or None
        if frames > 1 and delay:
            facts.duration_seconds = delay / 100


def _walk(blocks: _Blocks, facts: Facts) -> tuple[int, int, bool, tuple[int, int]]:
    """Return (frames, sum of delays in hundredths, whether the end was reached, size of the first frame).

    Raises ProbeError: `truncated` where the object ends inside of a block.
    """
    frames = delay = 0
    first = (0, 0)
    for _ in range(_MAX_BLOCKS):
        if not blocks.can_take(1):
            return frames, delay, False, first
        if frames and blocks.is_at_end:
            return frames, delay, True, first
        kind = blocks.take(1)[0]
        if kind == 0x3B:
            return frames, delay, True, first
        if kind == 0x2C:
            left, top, width, height, flags = struct.unpack("<4HB", blocks.take(9))
            first = first if frames else (left + width, top + height)
            frames += 1
            blocks.offset += (3 << ((flags & 7) + 1) if flags & 0x80 else 0) + 1
        elif kind == 0x21:
            label = blocks.take(1)[0]
            if label == 0xF9:
                control = blocks.take(5)
                delay += int.from_bytes(control[2:4], "little")
                if control[1] & 1:
                    facts.has_alpha, facts.num_channels = True, 4
                blocks.offset += control[0] - 4
        elif frames:
            return frames, delay, True, first  # trailing bytes instead of a trailer: decoders stop here
        else:
            raise malformed("neither an image nor an extension")
        if not blocks.skip_sub_blocks():
            return frames, delay, False, first
    return frames, delay, False, first
