"""Seeded mutations of valid files, and the one check that every input must pass."""

from __future__ import annotations

import time
from collections.abc import Sequence
from random import Random
from typing import Literal

from foveal.probe import CountedSource, MemorySource, ProbeError, probe

EXTREMES = (0, 1, 2, 7, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 2**63, 2**64 - 1)
ORDERS: tuple[Literal["big"], Literal["little"]] = ("big", "little")


def mutate(data: bytes, others: Sequence[bytes], random: Random) -> bytes:
    """One to eight changes: bits, extreme integers, cuts, copies, insertions, pieces of other files."""
    mutant = bytearray(data)
    for _ in range(random.choice((1, 1, 1, 2, 3, 5, 8))):
        if not mutant:
            break
        # Headers stand first: half of the changes go there.
        at = random.randrange(min(len(mutant), 512) if random.random() < 0.5 else len(mutant))
        kind = random.randrange(8)
        if kind == 0:
            mutant[at] ^= 1 << random.randrange(8)
        elif kind == 1:
            mutant[at] = random.randrange(256)
        elif kind in (2, 3):
            size, order = random.choice((1, 2, 4, 8)), random.choice(ORDERS)
            value = random.choice(EXTREMES) if kind == 2 else random.randrange(len(data) + 64)
            mutant[at : at + size] = (value & (1 << 8 * size) - 1).to_bytes(size, order)
        elif kind == 4:
            del mutant[at:]
        elif kind == 5:
            del mutant[at : at + random.randrange(1, 64)]
        elif kind == 6:
            piece = mutant[at : at + random.randrange(1, 256)]
            mutant[at:at] = piece * random.randrange(1, 4)
        else:
            other = random.choice(others)
            begin = random.randrange(len(other))
            mutant[at:at] = other[begin : begin + random.randrange(1, 256)]
    return bytes(mutant)


def examine(data: bytes) -> tuple[str, float]:
    """Probe the bytes; returns the reason (`ok` for facts) and the CPU seconds that it took.

    Facts must be such that the catalog can hold them. What is no ProbeError is let through: a failure.
    """
    source = CountedSource(MemorySource(data))
    begin = time.process_time()
    try:
        facts = probe(source)
        reason = "ok"
        document = facts.document()
        assert document["media_type"] in ("image", "video")
        assert 0 < document["width"] < 2**31
        assert 0 < document["height"] < 2**31
    except ProbeError as error:
        reason = error.reason.value
        document = error.facts.document() if error.facts else {}
        if error.__cause__ is not None and not isinstance(error.__cause__, ProbeError):
            reason = f"slip {type(error.__cause__).__name__}"
    seconds = time.process_time() - begin
    check_storable(document)
    assert source.requests <= 12
    assert source.bytes_read <= 4 * 1024 * 1024
    return reason, seconds


def check_storable(value: object) -> None:
    """Whole numbers of 64 bits, finite floats, short printable text: all that BSON and JSON can hold."""
    if isinstance(value, dict):
        for part in value.values():
            check_storable(part)
    elif isinstance(value, list):
        assert len(value) <= 64
        for part in value:
            check_storable(part)
    elif isinstance(value, bool):
        return
    elif isinstance(value, int):
        assert -(2**63) <= value < 2**63
    elif isinstance(value, float):
        assert abs(value) < float("inf")
    elif isinstance(value, str):
        assert len(value) <= 256
        assert value.isprintable()
        value.encode()
