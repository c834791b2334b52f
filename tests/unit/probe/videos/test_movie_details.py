"""Unusual features of real movies, each compared with FFmpeg or with the written values."""

from __future__ import annotations

import io
import struct
import zlib

import av
import pytest

from foveal.probe import Facts, MemorySource, ProbeError, Reason, probe
from foveal.probe.codecs.names import RIFF_VIDEO
from tests.unit.probe.movies import FRAMES, HEIGHT, WIDTH, every_movie, movie
from tests.unit.probe.test_hostile import box


def _facts(data: bytes) -> Facts:
    return probe(MemorySource(data))


def _span(data: bytes, kind: bytes) -> tuple[int, int]:
    """Where the first box of a kind begins and ends."""
    at = data.index(kind) - 4
    return at, at + int.from_bytes(data[at : at + 4], "big")


def _inserted(data: bytes, parents: list[int], at: int, piece: bytes) -> bytes:
    """The piece put in at an offset, the boxes that begin at `parents` grown by it."""
    grown = bytearray(data[:at] + piece + data[at:])
    for parent in parents:
        struct.pack_into(">I", grown, parent, int.from_bytes(data[parent : parent + 4], "big") + len(piece))
    return bytes(grown)


def test_facts_are_those_of_the_plain_movie_when_its_index_is_compressed() -> None:
    data = every_movie()["mp4"]
    at, end = _span(data, b"moov")
    deflated = struct.pack(">I", end - at) + zlib.compress(data[at:end])
    index = box(b"moov", box(b"cmov", box(b"dcom", b"zlib"), box(b"cmvd", deflated)))
    assert _facts(data[:at] + index).document() == _facts(data).document()


def test_compressed_index_is_malformed_when_it_is_a_bomb() -> None:
    data = every_movie()["mp4"]
    bomb = struct.pack(">I", 1 << 30) + zlib.compress(bytes(1 << 26), 9)
    with pytest.raises(ProbeError) as caught:
        _facts(data[: _span(data, b"moov")[0]] + box(b"moov", box(b"cmov", box(b"cmvd", bomb))))
    assert caught.value.reason is Reason.MALFORMED


def test_picture_track_is_not_the_video_when_it_illustrates_chapters() -> None:
    data = every_movie()["mp4-sound"]
    moov = _span(data, b"moov")[0]
    sound = data.index(b"trak", data.index(b"trak") + 4) - 4
    chapters = box(b"tref", box(b"chap", struct.pack(">I", 1)))
    with pytest.raises(ProbeError) as caught:
        _facts(_inserted(data, [moov, sound], data.index(b"mdia", sound) - 4, chapters))
    assert caught.value.reason is Reason.NOT_MEDIA


def test_picture_is_known_when_the_metadata_behind_it_is_damaged() -> None:
    data = every_movie()["mp4"]
    at, end = _span(data, b"moov")
    damaged = box(b"udta", struct.pack(">I4s", 0x7F21, b"meta") + bytes(20))
    assert _facts(_inserted(data, [at], end, damaged)).width == WIDTH


def test_size_is_the_containers_when_the_stream_only_lacks_its_cropping() -> None:
    data = bytearray(every_movie()["mp4"])
    at = data.index(b"avc1", data.index(b"stsd")) + 4 + 24
    assert struct.unpack_from(">HH", data, at) == (WIDTH, HEIGHT)
    struct.pack_into(">HH", data, at, WIDTH, HEIGHT - 4)
    with av.open(io.BytesIO(bytes(data))) as file:
        frame = next(file.decode(video=0))
    assert (frame.width, frame.height) == (WIDTH, HEIGHT - 4)
    facts = _facts(bytes(data))
    assert (facts.stored_width, facts.stored_height) == (WIDTH, HEIGHT - 4)


def test_duration_is_measured_when_fragments_are_all_here_and_the_header_lies() -> None:
    data = bytearray(every_movie()["mp4-fragmented"])
    struct.pack_into(">I", data, data.index(b"mvhd") + 4 + 16, 3_600_000)
    assert _facts(bytes(data)).duration_seconds == pytest.approx(FRAMES / 25)


def test_duration_is_to_the_end_of_the_last_index_when_every_segment_has_its_own() -> None:
    data = every_movie()["mp4-fragmented"]
    end = _span(data, b"moov")[1]
    index = box(b"sidx", struct.pack(">IIIIIHHIII", 0, 1, 12800, 0, 0, 0, 1, len(data) - end, 512, 0))
    assert _facts(data[:end] + index + data[end:]).duration_seconds == pytest.approx(FRAMES / 25)


@pytest.mark.parametrize("tag", sorted(RIFF_VIDEO))
def test_codec_is_the_one_that_ffmpeg_names_when_an_avi_gives_a_tag(tag: bytes) -> None:
    data = every_movie()["avi"].replace(b"FMP4", tag)
    with av.open(io.BytesIO(data)) as file:
        stream = file.streams.video[0]
        codec = stream.codec_context.codec if stream.codec_context else None
        if codec is None or codec.canonical_name != RIFF_VIDEO[tag]:
            pytest.skip("FFmpeg knows this coding only with its private data, or was built without it")
    assert _facts(data).codec == RIFF_VIDEO[tag]


def test_depth_is_that_of_the_first_frame_when_the_track_does_not_state_it() -> None:
    data = movie("webm", "libvpx-vp9")
    private = data.find(b"\x63\xa2", 0, data.index(b"\x1f\x43\xb6\x75"))
    if private >= 0:  # the void element takes its place
        length = 2 + 1 + (data[private + 2] & 0x7F)
        data = data[:private] + b"\xec" + bytes([0x80 + length - 2]) + bytes(length - 2) + data[private + length :]
    assert _facts(data).bit_depth == 8


def _with_user_data(*parts: bytes) -> bytes:
    data = every_movie()["mp4"]
    at, end = _span(data, b"moov")
    return _inserted(data, [at], end, box(b"udta", *parts))


def test_location_is_read_when_a_phone_writes_it_as_in_3gpp() -> None:
    degrees = struct.pack(">iii", round(2.2945 * 65536), round(48.8584 * 65536), 35 << 16)
    facts = _facts(_with_user_data(box(b"loci", b"\0\0\0\0\x15\xc7Paris\0\1", degrees, b"earth\0\0")))
    assert facts.location == pytest.approx((2.2945, 48.8584), abs=1e-4)
    assert facts.altitude_metres == 35
    nowhere = _facts(_with_user_data(box(b"loci", b"\0\0\0\0\x15\xc7\0\0", bytes(12), b"earth\0\0")))
    assert nowhere.location is None


def test_camera_is_read_when_its_maker_uses_a_proprietary_format() -> None:
    gopro = _facts(_with_user_data(box(b"GPMF", b"FIRMc\x01\0\4H1.0MINFc\x01\0\tGoPro Max\0\0\0")))
    assert (gopro.camera.make, gopro.camera.model) == ("GoPro", "GoPro Max")
    xml = (
        b'<NonRealTimeMeta><CreationDate value="2019-04-24T22:24:00+02:00"/>'
        b'<Device manufacturer="Sony" modelName="ILCE-7M3" serialNo="1"/></NonRealTimeMeta>'
    )
    sony = _facts(_with_user_data(box(b"meta", bytes(4), box(b"hdlr", bytes(24)), box(b"xml ", bytes(4), xml))))
    assert (sony.camera.make, sony.camera.model) == ("Sony", "ILCE-7M3")
    assert sony.captured_at is not None
    assert sony.captured_at.isoformat() == "2019-04-24T22:24:00+02:00"


def test_time_is_the_cameras_when_itunes_gives_another_for_its_publication() -> None:
    published = box(b"\xa9day", box(b"data", struct.pack(">II", 1, 0), b"2008-11-25T08:00:00Z"))
    meta = box(b"meta", bytes(4), box(b"hdlr", bytes(24)), box(b"ilst", published))
    assert _facts(_with_user_data(meta)).captured_at is None
    taken = box(b"\xa9day", b"\0\x18\x15\xc72013-11-29T13:19:09+0100")
    captured_at = _facts(_with_user_data(meta, taken)).captured_at
    assert captured_at is not None
    assert captured_at.isoformat() == "2013-11-29T13:19:09+01:00"


def test_time_is_the_cameras_clock_when_an_avi_states_it() -> None:
    data = every_movie()["avi"]
    at = data.index(b"hdrl") + 4
    clock = b"IDIT" + struct.pack("<I", 26) + b"MON SEP 10 20:52:00 2012\n\0"
    grown = bytearray(data[:at] + clock + data[at:])
    for size in (4, at - 8):
        struct.pack_into("<I", grown, size, int.from_bytes(data[size : size + 4], "little") + len(clock))
    facts = _facts(bytes(grown))
    assert facts.captured_at is not None
    assert (facts.captured_at.isoformat(), facts.captured_at.tzinfo) == ("2012-09-10T20:52:00", None)
