"""A bounded run of the mutator; the long one is `python -m tests.fuzz.long_run`."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fuzz.long_run import collect
from tests.fuzz.mutation import examine, mutate

_SIGNATURES = [
    b"\xff\xd8\xff\xe1",
    b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
    b"GIF89a",
    b"RIFF\xff\xff\0\0WEBPVP8X",
    b"RIFF\xff\xff\0\0AVI LIST",
    b"\0\0\0\x18ftypheic\0\0\0\0heicmif1\0\0",
    b"\0\0\0\x10ftypisom\0\0\0\0\0\0\2\0moov",
    b"\x1a\x45\xdf\xa3\x80\x18\x53\x80\x67",
    b"II*\0\x08\0\0\0",
    b"MM\0+\0\x08\0\0",
    b"BM",
    b"\0\0\1\0\1\0",
    b"\xff\x4f\xff\x51",
    b"8BPS\0\1",
    b"<svg ",
    b"\0" * 128 + b"DICM",
    b"\xff\x0a",
    b"P6 ",
    b"FUJIFILMCCD-RAW ".ljust(84, b"\0") + b"\0\0\0\x94\0\0",
    b"IIRO\x08\0\0\0",
    b"IIU\0\x08\0\0\0",
    b"\0\0\0\x18ftypcrx \0\0\0\1crx isom",
    b"\x76\x2f\x31\x01\2\0\0\0dataWindow\0box2i\0\x10\0\0\0",
    b"#?RADIANCE\n\n-Y 4 +X ",
    b"qoif\0\0\0\1\0\0\0",
    b"\x5c\1\0\0" + bytes(340) + b"n+1\0",
    b"\x1f\x8b\x08\0\0\0\0\0\0\3",
    b"FLV\x01\x05\0\0\0\x09\0\0\0\0\x12",
    bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c"),
    b"\0\0\1\xba\x44\0\4\0\4\1",
    b"OggS\0\2" + bytes(20) + b"\1\x2a\x80theora\3\2\1",
]


@pytest.mark.parametrize("seed", range(4))
def test_outcome_is_facts_or_a_typed_reason_when_a_valid_file_is_mutated(seed: int) -> None:
    seeds, random = collect([]), Random(seed)
    for _ in range(1500):
        outcome, _ = examine(mutate(random.choice(seeds), seeds, random))
        assert not outcome.startswith("slip")


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(_SIGNATURES), st.binary(max_size=600))
def test_outcome_is_facts_or_a_typed_reason_when_anything_follows_a_signature(signature: bytes, rest: bytes) -> None:
    outcome, _ = examine(signature + rest)
    assert not outcome.startswith("slip")
