"""Matroska elements that the usual muxers do not write, put together by hand (RFC 9559)."""

from __future__ import annotations

import struct

import pytest

from foveal.probe import Facts, MemorySource, probe


def element(identifier: int, *content: bytes) -> bytes:
    """An element with an eight-byte size."""
    body = b"".join(content)
    return (
        identifier.to_bytes((identifier.bit_length() + 7) // 8, "big") + b"\x01" + len(body).to_bytes(7, "big") + body
    )


def number(identifier: int, value: int) -> bytes:
    return element(identifier, value.to_bytes(8, "big"))


def real(identifier: int, value: float) -> bytes:
    return element(identifier, struct.pack(">d", value))


def video(*more: bytes, codec: bytes = b"V_VP8", picture: bytes = b"") -> bytes:
    """The track entry of a video of 320 by 240."""
    sides = element(0xE0, number(0xB0, 320), number(0xBA, 240), picture)
    return element(0xAE, number(0xD7, 1), number(0x83, 1), element(0x86, codec), sides, *more)


def sound(*more: bytes, codec: bytes = b"A_AC3", fields: bytes = b"") -> bytes:
    return element(0xAE, number(0xD7, 2), number(0x83, 2), element(0x86, codec), element(0xE1, fields), *more)


def facts_of(*tracks: bytes, cluster: bytes = b"") -> Facts:
    """Of a file with these tracks, and a cluster where one is given."""
    head = element(0x1A45DFA3, element(0x4282, b"matroska"))
    parts = element(0x1549A966), element(0x1654AE6B, *tracks), cluster
    return probe(MemorySource(head + element(0x18538067, *parts)))


@pytest.mark.parametrize(
    "rate", [(24000, 1001), (24, 1), (25, 1), (30000, 1001), (30, 1), (60000, 1001), (15, 1), (6, 1)]
)
@pytest.mark.parametrize("rounding", [0, 1])
def test_rate_is_the_exact_fraction_when_nanoseconds_round_it(rate: tuple[int, int], rounding: int) -> None:
    nanoseconds = (10**9 * rate[1] + rounding * (rate[0] - 1)) // rate[0]
    found = facts_of(video(number(0x23E383, nanoseconds))).frame_rate
    assert found is not None
    assert (found.num, found.den) == rate


@pytest.mark.parametrize(
    ("yaw", "roll", "rotation", "is_mirrored"),
    [(0, 0, 0, None), (0, 90, 270, None), (0, -90, 90, None), (180, 0, 0, True), (-180, 90, 270, True)],
)
def test_frames_turn_when_the_projection_is_rolled(
    yaw: float, roll: float, rotation: int, is_mirrored: bool | None
) -> None:
    projection = element(0x7670, number(0x7671, 0), real(0x7673, yaw), real(0x7675, roll))
    facts = facts_of(video(picture=projection))
    assert (facts.rotation, facts.is_mirrored) == (rotation, is_mirrored)
    assert (facts.width, facts.height) == ((240, 320) if rotation in (90, 270) else (320, 240))


def test_sound_has_the_defaults_of_the_specification_when_it_states_nothing() -> None:
    audio = facts_of(video(), sound()).audio
    assert audio is not None
    assert (audio.codec, audio.channels, audio.sample_rate) == ("ac3", 1, 8000)


def test_sound_has_its_output_rate_when_replication_doubles_it() -> None:
    rates = real(0x78B5, 48000.0) + real(0xB5, 24000.0)
    audio = facts_of(video(), sound(codec=b"A_AAC", fields=rates)).audio
    assert audio is not None
    assert audio.sample_rate == 48000


@pytest.mark.parametrize(
    ("codec", "bits", "name"),
    [
        (b"A_PCM/INT/LIT", 16, "pcm_s16le"),
        (b"A_PCM/INT/LIT", 8, "pcm_u8"),
        (b"A_PCM/INT/BIG", 24, "pcm_s24be"),
        (b"A_PCM/FLOAT/IEEE", 32, "pcm_f32le"),
    ],
)
def test_samples_are_named_when_sound_is_uncompressed(codec: bytes, bits: int, name: str) -> None:
    audio = facts_of(video(), sound(codec=codec, fields=number(0x6264, bits))).audio
    assert audio is not None
    assert audio.codec == name


def test_codec_comes_from_the_private_data_when_the_track_carries_another_systems_header() -> None:
    bitmap = struct.pack("<IiiHH4s", 40, 320, 240, 1, 24, b"XVID") + bytes(20)
    assert facts_of(video(element(0x63A2, bitmap), codec=b"V_MS/VFW/FOURCC")).codec == "mpeg4"
    entry = struct.pack(">I4s", 86, b"SVQ3") + bytes(78)
    assert facts_of(video(element(0x63A2, entry), codec=b"V_QUICKTIME")).codec == "svq3"


@pytest.mark.parametrize(("profile", "is_twelve", "depth"), [(0, None, 8), (2, False, 10), (2, True, 12)])
def test_depth_is_that_of_the_first_frame_when_vp9_has_no_private_data(
    profile: int, is_twelve: bool | None, depth: int
) -> None:
    bits = (
        f"10{profile & 1}{profile >> 1}0010"
        + f"{0x498342:024b}"
        + ("" if is_twelve is None else f"{is_twelve:d}")
        + "001"
    )
    frame = int(bits.ljust(96, "0"), 2).to_bytes(12, "big")
    cluster = element(0x1F43B675, number(0xE7, 0), element(0xA3, b"\x81\0\0\x80", frame))
    assert facts_of(video(codec=b"V_VP9"), cluster=cluster).bit_depth == depth
