"""An object version as a seekable file: reads blocks by ranged GET and keeps the last few in memory."""

import io
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, Final

from foveal.errors import Unrenderable

BLOCK_BYTES: Final = 2 * 1024 * 1024
KEPT_BLOCKS: Final = 12
MAX_BYTES: Final = 2 * 1024**3

ReadRange = Callable[[int, int], bytes]


class RangedFile(io.RawIOBase):
    """A seekable file over `read_range(offset, length)`. Raises Unrenderable beyond its budget of bytes."""

    def __init__(self, read_range: ReadRange, size_bytes: int, budget_bytes: int = MAX_BYTES) -> None:
        self._read_range, self._size, self._left, self._position = read_range, size_bytes, budget_bytes, 0
        self._blocks: OrderedDict[int, bytes] = OrderedDict()

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._size}[whence]
        self._position = max(0, start + offset)
        return self._position

    def read(self, size: int | None = -1) -> bytes:
        end = self._size if size is None or size < 0 else min(self._size, self._position + size)
        parts = []
        while self._position < end:
            number, skip = divmod(self._position, BLOCK_BYTES)
            part = self._block(number)[skip : skip + end - self._position]
            if not part:
                break
            parts.append(part)
            self._position += len(part)
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def readall(self) -> bytes:
        return self.read()

    def readinto(self, buffer: Any) -> int:
        data = self.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

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
