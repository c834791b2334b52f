"""Cost of a probe in requests and bytes, for objects of any size."""

from __future__ import annotations

import struct

import pytest
from PIL import Image

from foveal.probe import Budget, CountedSource, Facts, MemorySource, probe
from tests.unit.probe.movies import every_movie
from tests.unit.probe.pictures import every_picture, exif, heic, saved
from tests.unit.probe.test_hostile import box

KIB, GIB = 1024, 1 << 30


class SparseSource:
    """An object that is zero but for the given pieces, so that any size costs nothing."""

    def __init__(self, size: int, pieces: dict[int, bytes]) -> None:
        self.size = size
        self._pieces = pieces

    def read(self, offset: int, length: int) -> bytes:
        length = max(0, min(length, self.size - offset))
        data = bytearray(length)
        for start, piece in self._pieces.items():
            begin, end = max(offset, start), min(offset + length, start + len(piece))
            if begin < end:
                data[begin - offset : end - offset] = piece[begin - start : end - start]
        return bytes(data)


def large_box(kind: bytes, size: int) -> bytes:
    """The head of a box with a 64-bit size."""
    return struct.pack(">I4sQ", 1, kind, size)


def with_long_tables(moov: bytes, samples: int) -> bytes:
    """The movie box with sample tables as long as those of a film: sizes and offsets of every sample."""

    def grown(data: bytes) -> bytes:
        out, at = b"", 0
        while at < len(data):
            size, kind = struct.unpack_from(">I4s", data, at)
            content = data[at + 8 : at + size]
            if kind in (b"moov", b"trak", b"edts", b"mdia", b"minf", b"stbl"):
                content = grown(content)
            elif kind == b"elst":
                content = content[:8] + struct.pack(">I", 40 * samples) + content[12:]
            elif kind == b"mdhd":
                content = content[:16] + struct.pack(">I", 512 * samples) + content[20:]
            elif kind == b"ctts":
                content = struct.pack(">II", 0, samples // 4) + struct.pack(">Ii", 4, 1024) * (samples // 4)
            elif kind in (b"stsz", b"stco"):
                head = struct.pack(">II", 0, 0) if kind == b"stsz" else struct.pack(">I", 0)
                content = head + struct.pack(">I", samples) + bytes(4 * samples)
            elif kind == b"stts":
                content = struct.pack(">IIII", 0, 1, samples, struct.unpack_from(">I", content, 12)[0])
            elif kind in (b"stss", b"stsc"):
                content = struct.pack(">II", 0, samples // 4) + bytes((samples // 4) * {b"stss": 4, b"stsc": 12}[kind])
            out += box(kind, content)
            at += size
        return out

    return grown(moov)


def parts_of(data: bytes) -> tuple[bytes, bytes]:
    """The file type box and the movie box."""
    at = data.index(b"moov") - 4
    return data[: struct.unpack_from(">I", data)[0]], data[at : at + struct.unpack_from(">I", data, at)[0]]


def cost(source: CountedSource) -> tuple[int, int]:
    return source.requests, source.bytes_read


@pytest.mark.parametrize("size", [50_000_000, 50 * GIB])
@pytest.mark.parametrize("samples", [1_000, 30_000, 400_000])
@pytest.mark.parametrize("is_last", [True, False])
def test_movie_takes_three_requests_when_it_is_of_any_size(size: int, samples: int, is_last: bool) -> None:
    ftyp, moov = parts_of(every_movie()["mp4-sound"])
    moov = with_long_tables(moov, samples)
    data_head = large_box(b"mdat", size)
    pieces = {0: ftyp + data_head, len(ftyp) + size: moov} if is_last else {0: ftyp + moov + data_head}
    source = CountedSource(SparseSource(len(ftyp) + size + len(moov), pieces))
    facts = probe(source)
    requests, bytes_read = cost(source)
    assert (facts.frame_count, facts.codec, facts.audio and facts.audio.codec) == (samples, "h264", "aac")
    assert requests <= 3
    assert bytes_read <= 256 * KIB


@pytest.mark.parametrize("is_last", [True, False])
def test_movie_takes_less_than_a_first_block_when_its_name_says_video(is_last: bool) -> None:
    ftyp, moov = parts_of(every_movie()["mp4-sound"])
    moov = with_long_tables(moov, 30_000)
    head, size = large_box(b"mdat", 50 * GIB), 50 * GIB
    pieces = {0: ftyp + head, len(ftyp) + size: moov} if is_last else {0: ftyp + moov + head}
    source = CountedSource(SparseSource(len(ftyp) + size + len(moov), pieces))
    facts = probe(source, budget=Budget.of("media/project/id/original.MP4"))
    assert (facts.frame_count, facts.audio and facts.audio.codec) == (30_000, "aac")
    assert source.requests <= 3
    assert source.bytes_read <= 32 * KIB


def test_picture_comes_out_when_its_name_says_video() -> None:
    source = CountedSource(MemorySource(every_picture()["jpeg-long-header"] + bytes(1_000_000)))
    assert probe(source, budget=Budget.of("https://example.com/clip.mp4?X-Amz-Expires=60")).orientation == 6
    assert source.requests <= 3


@pytest.mark.parametrize("first_block", [16, 64])
@pytest.mark.parametrize("entries", [100, 2_000, 7_000, 20_000, 400_000])
def test_movie_stays_within_its_plan_when_every_frame_has_its_own_duration(entries: int, first_block: int) -> None:
    ftyp, moov = parts_of(every_movie()["mp4-sound"])
    moov = with_long_tables(moov, entries)
    at = moov.index(b"stts") - 4
    end = at + struct.unpack_from(">I", moov, at)[0]
    table = b"".join(struct.pack(">II", 1, 500 + index % 3) for index in range(entries))
    grown = bytearray(moov[:at] + box(b"stts", struct.pack(">II", 0, entries), table) + moov[end:])
    for kind in (b"moov", b"trak", b"mdia", b"minf", b"stbl"):
        start = grown.index(kind) - 4
        struct.pack_into(">I", grown, start, struct.unpack_from(">I", grown, start)[0] + len(grown) - len(moov))
    for pieces in (
        {0: ftyp + bytes(grown) + large_box(b"mdat", GIB)},
        {0: ftyp + large_box(b"mdat", GIB), len(ftyp) + GIB: bytes(grown)},
    ):
        source = CountedSource(SparseSource(len(ftyp) + GIB + len(grown), pieces))
        facts = probe(source, budget=Budget(first_block_bytes=first_block * KIB))
        assert facts.frame_count == (entries if entries <= 20_000 else None)  # past it: out of the plan's reach
        assert source.requests <= 3
        assert source.bytes_read <= 256 * KIB


def test_movie_gives_its_metadata_when_it_stands_behind_the_tables_of_the_sound() -> None:
    ftyp, moov = parts_of(every_movie()["mp4-sound"])
    place = box(b"udta", box(b"\xa9xyz", b"\0\x10\x15\xc7+48.8584+002.2945/"))
    moov = box(b"moov", with_long_tables(moov, 9_000)[8:], place)
    size = 100_000_000
    head = large_box(b"mdat", size)
    source = CountedSource(SparseSource(len(ftyp) + size + len(moov), {0: ftyp + head, len(ftyp) + size: moov}))
    facts = probe(source, budget=Budget.of("clip.mov"))
    assert facts.location == (2.2945, 48.8584)
    assert source.requests == 3


@pytest.mark.parametrize("name", [name for name in every_picture() if name != "jpeg-long-header"])
def test_picture_takes_one_request_when_its_header_is_ordinary(name: str) -> None:
    source = CountedSource(
        MemorySource(every_picture()[name] + bytes(1_000_000) if name.startswith("jpeg-") else every_picture()[name])
    )
    probe(source)
    requests, bytes_read = cost(source)
    assert requests == 1
    assert bytes_read <= 64 * KIB


def test_picture_takes_two_requests_when_its_header_is_longer_than_a_block() -> None:
    source = CountedSource(MemorySource(every_picture()["jpeg-long-header"] + bytes(1_000_000)))
    assert probe(source).orientation == 6
    assert source.requests == 2


def test_webp_takes_two_requests_when_its_metadata_stands_behind_the_pixels() -> None:
    noise = Image.effect_noise((900, 700), 80).convert("RGB")
    data = saved(noise, "webp", lossless=True, exif=exif(8))
    assert len(data) > 192 * KIB
    source = CountedSource(MemorySource(data))
    facts = probe(source)
    assert (facts.orientation, facts.width) == (8, 700)
    assert source.requests == 2


def test_matroska_takes_two_requests_when_its_tracks_stand_at_the_end() -> None:
    data = every_movie()["mkv"]
    segment = data.index(b"\x18\x53\x80\x67") + 12
    tracks = data[data.rindex(b"\x16\x54\xae\x6b") :]
    tracks = tracks[: tracks.index(b"\x1f\x43\xb6\x75")]
    size = 20 * GIB
    entry = b"\x53\xab\x84\x16\x54\xae\x6b" + b"\x53\xac\x88" + struct.pack(">Q", size - segment)
    head = b"\x11\x4d\x9b\x74" + bytes([0x80 + len(entry) + 3]) + b"\x4d\xbb" + bytes([0x80 + len(entry)]) + entry
    cluster = b"\x1f\x43\xb6\x75\x01" + struct.pack(">Q", size - segment - len(head) - 12)[1:]
    start = data[: segment - 8] + b"\x01" + struct.pack(">Q", size - segment + len(tracks))[1:]
    source = CountedSource(SparseSource(size + len(tracks), {0: start + head + cluster, size: tracks}))
    facts = probe(source)
    assert (facts.width, facts.codec) == (96, "h264")
    assert source.requests == 2


def test_transport_stream_gives_its_duration_when_it_is_longer_than_both_ends() -> None:
    data = every_movie()["ts"]
    padding = (b"\x47\x1f\xff\x10" + b"\xff" * 184) * 10_000
    at = len(data) // 2 // 188 * 188
    source = CountedSource(MemorySource(data[:at] + padding + data[at:]))
    facts = probe(source)
    assert facts.duration_seconds == 2.4
    assert source.requests <= 3


def test_fragmented_movie_gives_its_duration_when_only_the_tail_states_it() -> None:
    data = every_movie()["mp4-fragmented"]
    first = data.index(b"moof") - 4
    padding = box(b"free", bytes(3_000_000))
    facts: Facts = probe(source := CountedSource(MemorySource(data[:first] + padding + data[first:])))
    assert facts.duration_seconds == pytest.approx(0.48)
    assert source.requests <= 3


def test_transport_stream_takes_its_rate_from_the_tail_when_the_head_has_few_frames() -> None:
    data = every_movie()["ts"]
    packets = [data[at : at + 188] for at in range(0, len(data), 188)]
    stuffing = b"\x47\x1f\xff\x10" + b"\xff" * 184
    spread = b"".join(packet + (stuffing * 40 if at < 60 else b"") for at, packet in enumerate(packets))
    source = CountedSource(MemorySource(spread))
    facts = probe(source)
    assert facts.frame_rate is not None
    assert (facts.frame_rate.num, facts.frame_rate.den, facts.duration_seconds) == (25, 1, 2.4)
    assert source.requests <= 3


def test_jpeg_takes_three_requests_when_two_mebibytes_stand_in_front_of_its_frame() -> None:
    data = saved(Image.new("RGB", (30, 20)), "jpeg")
    segments = (b"\xff\xe1\xff\xff" + b"http://ns.adobe.com/xmp/extension/\0" + bytes(65_498)) * 30
    source = CountedSource(MemorySource(data[:2] + segments + data[2:]))
    assert probe(source).width == 30
    assert source.requests == 3


def test_heic_takes_one_further_request_when_its_metadata_stand_together_at_its_end() -> None:
    image = Image.new("RGB", (128, 64))
    image.info["xmp"] = b'<x xmlns:aux="a" aux:Lens="the lens"/>'
    data = heic(image, exif=exif(1).tobytes())
    first, second = [at for at in range(len(data)) if data[at : at + 4] == b"cdsc"]  # what stands last is named first
    data = (
        data[:first]
        + data[second : second + 10]
        + data[first + 10 : second]
        + data[first : first + 10]
        + data[second + 10 :]
    )
    source = CountedSource(MemorySource(_with_gap(data, 200_000)))
    facts = probe(source)
    assert (facts.camera.make, facts.camera.lens_model) == ("Foveal Optics", "the lens")
    assert source.requests == 2


def _with_gap(data: bytes, gap: int) -> bytes:
    """A HEIC file with a box of `gap` bytes in front of its media data, which moves on by as much."""
    table, at = data.index(b"iloc"), data.index(b"mdat") - 4
    moved = bytearray(data)
    assert moved[table + 4 : table + 10] == b"\0\0\0\0\x44\x40"  # four bytes each for offset, length and base
    for place in range(table + 16, table + 16 + 18 * moved[table + 11], 18):
        struct.pack_into(">I", moved, place, struct.unpack_from(">I", moved, place)[0] + gap)
    return bytes(moved[:at]) + struct.pack(">I4s", gap, b"free") + bytes(gap - 8) + bytes(moved[at:])


def test_pages_are_counted_within_three_requests_when_their_directories_stand_together_at_the_end() -> None:
    start, count = 3_000_000, 5000
    sides = struct.pack("<HHHII", 2, 256, 3, 1, 8) + struct.pack("<HHII", 257, 3, 1, 8)
    size = len(sides) + 4
    chain = b"".join(
        sides + struct.pack("<I", start + size * page if page < count else 0) for page in range(1, count + 1)
    )
    source = CountedSource(SparseSource(start + len(chain), {0: b"II*\0" + struct.pack("<I", start), start: chain}))
    assert probe(source).page_count == count
    assert source.requests <= 3
