"""Bit reader, most significant bit first, with the Exp-Golomb codes of ITU-T H.264, 9.1."""

from __future__ import annotations

from foveal.probe.errors import malformed

MAX_PAYLOAD_BYTES = 4096


class Bits:
    """Reads a bounded payload; raises ProbeError (`malformed`) past its end."""

    def __init__(self, data: bytes) -> None:
        data = data[:MAX_PAYLOAD_BYTES]
        self._value = int.from_bytes(data, "big")
        self._left = 8 * len(data)

    def take(self, count: int) -> int:
        """Return the next `count` bits as an unsigned number."""
        self._left -= count
        if self._left < 0:
            raise malformed("a codec header that ends early")
        return (self._value >> self._left) & ((1 << count) - 1)

    def flag(self) -> bool:
        return self.take(1) == 1

    def skip(self, count: int) -> None:
        self.take(count)

    def ue(self) -> int:
        """Return an unsigned Exp-Golomb code."""
        zeros = 0
        while not self.flag():
            zeros += 1
            if zeros > 32:
                raise malformed("an Exp-Golomb code of more than 32 bits")
        return (1 << zeros) - 1 + self.take(zeros)

    def se(self) -> int:
        """Return a signed Exp-Golomb code."""
        code = self.ue()
        return (code + 1) // 2 if code & 1 else -(code // 2)


def unescape(nal: bytes) -> bytes:
    """Return the payload of a NAL unit without its emulation prevention bytes."""
    return nal[:MAX_PAYLOAD_BYTES].replace(b"\x00\x00\x03", b"\x00\x00")
