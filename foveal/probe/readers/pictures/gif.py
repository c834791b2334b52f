"""GIF87a and GIF89a: size, frames and their delays, by walking the blocks."""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass

from foveal.probe.errors import ProbeError, Reason, active_content, malformed
from foveal.probe.facts import Damage, Facts
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
    found = _Frames()
    try:
        _walk(blocks, facts, found)
    except ProbeError as error:
        if error.reason is not Reason.TRUNCATED or not found.count:
            raise
        found.is_complete = True
        facts.warn(Damage.TRUNCATED)
    # Decoders enlarge the screen to the first frame.
    set_size(facts, max(width, found.first_right), max(height, found.first_bottom))
    facts.is_animated = found.count > 1 if found.count > 1 or found.is_complete else None
    if found.is_complete:
        facts.frame_count = found.count or None
        if found.count > 1 and found.delay:
            facts.duration_seconds = found.delay / 100


@dataclass(slots=True)
class _Frames:
    """Frames found so far."""

    count: int = 0
    delay: int = 0
    """Sum of their delays in hundredths of a second."""
    first_right: int = 0
    first_bottom: int = 0
    """Right and lower edge of the first frame on the screen."""
    is_complete: bool = False
    """True when the end of the animation was reached."""


def _walk(blocks: _Blocks, facts: Facts, found: _Frames) -> None:
    """Count the frames up to the trailer, or as far as the plan reaches.

    Raises ProbeError: `truncated` where the object ends inside of a block or without a trailer.
    """
    delay = 0
    for _ in range(_MAX_BLOCKS):
        if not blocks.can_take(1):
            return
        kind = blocks.take(1)[0]
        if kind == 0x2C:
            left, top, width, height, flags = struct.unpack("<4HB", blocks.take(9))
            blocks.offset += 3 << ((flags & 7) + 1) if flags & 0x80 else 0
            blocks.take(3)  # the code size, the length of the first block and its first byte: there are pixels
            blocks.offset -= 2
            if not found.count:
                found.first_right, found.first_bottom = left + width, top + height
            found.count += 1
            found.delay += delay
            delay = 0
        elif kind == 0x21:
            label = blocks.take(1)[0]
            if label == 0xF9:
                control = blocks.take(5)
                delay = int.from_bytes(control[2:4], "little")
                if control[1] & 1:
                    facts.has_alpha, facts.num_channels = True, 4
                blocks.offset += control[0] - 4
        elif kind == 0x3B or found.count:  # trailing bytes instead of a trailer: decoders stop here
            found.is_complete = True
            return
        else:
            raise malformed("neither an image nor an extension")
        if not blocks.skip_sub_blocks():
            return
