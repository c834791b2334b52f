"""Messages between the function and its drawings, over a stream socket: one byte of kind, four of length, the payload.

The server is told START and KILL, and tells READY and the outcome of each process.
"""

import socket
import struct
from typing import Final, NamedTuple

from foveal.render.drawing import Drawing, Fingerprint, Made

JOB: Final = b"J"
"""To the process: the pickled job."""
READ: Final = b"R"
"""From the process: an offset and a length in the asset's object."""
BYTES: Final = b"B"
"""To the process: the bytes of the object."""
DONE: Final = b"D"
"""From the process: the derivative, as `pack` writes it."""
UNRENDERABLE: Final = b"U"
"""From the process: the reason why no picture can be made, as UTF-8."""
FAULT: Final = b"F"
"""From the process: the name of a file that it had to open, and could not; no other attempt would be able to."""

RANGE: Final = struct.Struct(">QI")
MAX_PAYLOAD_BYTES: Final = 512 * 1024 * 1024
"""Above any picture or job; a process that a hostile file has taken over may state what it likes."""
MAX_THUMBHASH_BYTES: Final = 25
PERCEPTUAL_HASH_BYTES: Final = 8
_LENGTHS: Final = struct.Struct(">BB")
_HEADER: Final = struct.Struct(">cI")
OUTCOME: Final = struct.Struct(">iqd")
READY: Final = b"R"
START: Final = b"S"
KILL: Final = b"K"


class Outcome(NamedTuple):
    """The signal that ended a process (0 for none), its largest resident memory in bytes, its CPU seconds."""

    ended_by: int
    peak_bytes: int
    cpu_seconds: float


class Job(NamedTuple):
    """A drawing, the size of the asset's object and the CPU seconds that it may take."""

    drawing: Drawing
    size_bytes: int
    cpu_seconds: int


def pack(made: Made) -> bytes:
    """Return a derivative as the payload of DONE: two lengths, ThumbHash, perceptual hash, the file."""
    found = made.fingerprint
    thumbhash, perceptual = (found.thumbhash, found.perceptual_hash or b"") if found else (b"", b"")
    return b"".join((_LENGTHS.pack(len(thumbhash), len(perceptual)), thumbhash, perceptual, made.file))


def unpack(payload: bytes) -> Made | None:
    """Return the derivative in a payload of DONE, None for one that no sound process sends."""
    if len(payload) < _LENGTHS.size:
        return None
    first, second = _LENGTHS.unpack_from(payload)
    if first > MAX_THUMBHASH_BYTES or second not in (0, PERCEPTUAL_HASH_BYTES):
        return None
    file = _LENGTHS.size + first + second
    thumbhash, perceptual = payload[_LENGTHS.size : file - second], payload[file - second : file]
    return Made(payload[file:], Fingerprint(thumbhash, perceptual or None) if thumbhash else None)


def send(connection: socket.socket, kind: bytes, payload: bytes) -> None:
    """Send a message. Raises OSError where the other side is gone."""
    connection.sendall(_HEADER.pack(kind, len(payload)))
    connection.sendall(payload)


def receive(connection: socket.socket) -> tuple[bytes, bytes] | None:
    """Return the kind and the payload of the next message, None where the other side is gone or states too much.

    Raises TimeoutError as the socket does.
    """
    header = exactly(connection, _HEADER.size)
    if header is None:
        return None
    kind, length = _HEADER.unpack(header)
    payload = exactly(connection, length) if length <= MAX_PAYLOAD_BYTES else None
    return None if payload is None else (kind, payload)


def exactly(connection: socket.socket, length: int) -> bytes | None:
    """Return so many bytes, None where the other side is gone before that."""
    buffer = bytearray(length)
    view, filled = memoryview(buffer), 0
    while filled < length:
        try:
            count = connection.recv_into(view[filled:])
        except ConnectionError:
            return None
        if not count:
            return None
        filled += count
    return bytes(buffer)
