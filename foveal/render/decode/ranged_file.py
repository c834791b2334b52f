"""An object version as a seekable file: reads blocks by ranged GET and keeps the last few in memory."""

from collections import OrderedDict
from collections.abc import Callable
from typing import Final

from foveal.errors import Unrenderable
from foveal.render.decode.seekable import SeekableParts

BLOCK_BYTES: Final = 2 * 1024 * 1024
KEPT_BLOCKS: Final = 12
MAX_BYTES: Final = 2 * 1024**3

ReadRange = Callable[[int, int], bytes]


class RangedFile(SeekableParts):
    """A seekable file over `read_range(offset, length)`. Raises Unrenderable beyond its budget of bytes."""

    def __init__(self, read_range: ReadRange, size_bytes: int, budget_bytes: int = MAX_BYTES) -> None:
        super().__init__(size_bytes)
        self._read_range, self._left = read_range, budget_bytes
        self._blocks: OrderedDict[int, bytes] = OrderedDict()

    def _part(self, end: int) -> bytes:
        number, skip = divmod(self._position, BLOCK_BYTES)
        return self._block(number)[skip : skip + end - self._position]

    def _block(self, number: int) -> bytes:
        block = self._blocks.get(number)
        if block is None:
            if self._left <= 0:
                raise Unrenderable("Too much of the object would have to be read.")
            offset = number * BLOCK_BYTES
            block = self._read_range(offset, min(BLOCK_BYTES, self._size - offset))
            self._left -= len(block)
            self._blocks[number] = block
            if len(self._blocks) > KEPT_BLOCKS:
                self._blocks.popitem(last=False)
        self._blocks.move_to_end(number)
        return block
