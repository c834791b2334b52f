"""FLV, ASF, MPEG program streams and Ogg: every fact that FFmpeg states too."""

from __future__ import annotations

import io
import struct

import av
import pytest

from foveal.probe import Audio, CountedSource, Facts, Fraction, MemorySource, ProbeError, Reason, probe
from foveal.probe.codecs.elementary import first_picture
from foveal.probe.readers.movies.amf import numbers_of
from tests.unit.probe.movies import every_other_container, movie, theora

_ALIASES = {"msmpeg4": "msmpeg4v3", "flv": "flv1", "mp3float": "mp3", "libdav1d": "av1"}
_ENCODED = [name for name in every_other_container() if name != "ogg-theora"]


def _facts(data: bytes) -> Facts:
    return probe(MemorySource(data))


@pytest.mark.parametrize("name", _ENCODED)
def test_facts_are_those_of_ffmpeg(name: str) -> None:
    data = every_other_container()[name]
    source = CountedSource(MemorySource(data))
    facts = probe(source)
    with av.open(io.BytesIO(data)) as container:
        stream = container.streams.video[0]
        codec = stream.codec_context.name
        assert facts.codec == _ALIASES.get(codec, codec)
        assert (facts.stored_width, facts.stored_height) == (stream.width, stream.height)
        if facts.frame_rate is not None and name != "flv-ntsc":  # whose milliseconds FFmpeg takes for the rate
            assert (facts.frame_rate.num, facts.frame_rate.den) == stream.average_rate.as_integer_ratio()
        if facts.bit_depth is not None:
            assert stream.codec_context.format.components[0].bits == facts.bit_depth
        for sound in container.streams.audio:
            name_of_sound = _ALIASES.get(sound.codec_context.name, sound.codec_context.name)
            assert facts.audio == Audio(name_of_sound, sound.channels, sound.rate)
        if name.startswith(("flv", "asf")):
            assert facts.duration_seconds == pytest.approx(container.duration / 1e6, abs=0.002)
    assert source.requests <= 3


@pytest.mark.parametrize(
    ("name", "seconds"),
    [
        ("ps-mpeg1", 2.4),
        ("ps-mpeg1-short", 0.48),
        ("ps-mpeg2", 2.4),
        ("ps-dvd", 1.2),
        ("ps-svcd", 0.48),
        ("ogg-vp8", 0.48),
    ],
)
def test_duration_is_that_of_all_pictures(name: str, seconds: float) -> None:
    assert _facts(every_other_container()[name]).duration_seconds == pytest.approx(seconds, abs=1e-4)


def test_theora_is_read_by_its_identification_header() -> None:
    facts = _facts(theora(frames=50))
    assert (facts.format, facts.codec, facts.width, facts.height) == ("ogg", "theora", 90, 60)
    assert (facts.frame_rate, facts.pixel_aspect) == (Fraction(30000, 1001), Fraction(4, 3))
    assert facts.frame_count == 50
    assert facts.duration_seconds == pytest.approx(50 * 1001 / 30000)


def test_rate_is_that_of_the_metadata_when_milliseconds_blur_it() -> None:
    assert _facts(every_other_container()["flv-ntsc"]).frame_rate == Fraction(30000, 1001)


def test_windows_media_is_named_by_its_codec() -> None:
    made = every_other_container()
    assert [_facts(made[name]).mime_type for name in ("asf-wmv2", "asf-h264")] == ["video/x-ms-wmv", "video/x-ms-asf"]


def test_rate_and_pixel_aspect_of_asf_come_from_its_header_extension() -> None:
    data = every_other_container()["asf-wmv2"]
    extension = bytes.fromhex("b503bf5f2ea9cf118ee300c00c205365")
    at = data.index(extension)
    stream = bytes.fromhex("cba5e61472c632438399a96952065b5a") + struct.pack("<Q", 88)
    stream += bytes(48) + struct.pack("<HHQHH", _video_number(data), 0, 333_667, 0, 0)
    records = b"".join(
        struct.pack("<HHHHI", 0, _video_number(data), 26, 3, 4)
        + f"AspectRatio{axis}\0".encode("utf-16-le")
        + struct.pack("<I", value)
        for axis, value in (("X", 4), ("Y", 3))
    )
    metadata = bytes.fromhex("eacbf8c5af5b77488467aa8c44fa4cca") + struct.pack("<QH", 26 + len(records), 2) + records
    (size,) = struct.unpack_from("<Q", data, at + 16)
    grown = bytearray(data[: at + size] + stream + metadata + data[at + size :])
    for begin, length in ((16, 8), (at + 16, 8)):
        old = int.from_bytes(grown[begin : begin + length], "little")
        grown[begin : begin + length] = (old + len(stream + metadata)).to_bytes(length, "little")
    facts = _facts(bytes(grown))
    assert (facts.frame_rate, facts.pixel_aspect) == (Fraction(30000, 1001), Fraction(4, 3))


def _video_number(data: bytes) -> int:
    at = data.index(bytes.fromhex("c0ef19bc4d5bcf11a8fd00805f5c442b"))
    return int(data[at + 48] & 127)


@pytest.mark.parametrize("container", ["flv", "asf", "ogg", "mpeg"])
def test_sound_alone_is_not_media(container: str) -> None:
    out = io.BytesIO()
    with av.open(out, "w", format=container) as file:
        codec = {"flv": "aac", "ogg": "libopus"}.get(container, "mp2")
        stream = file.add_stream(codec, rate=48000, layout="mono")
        frame = av.AudioFrame(format=stream.format.name, layout="mono", samples=stream.codec_context.frame_size or 960)
        for plane in frame.planes:
            plane.update(bytes(plane.buffer_size))
        frame.sample_rate = 48000
        for index in range(4):
            frame.pts = index * frame.samples
            file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
    with pytest.raises(ProbeError) as caught:
        _facts(out.getvalue())
    assert caught.value.reason is Reason.NOT_MEDIA


@pytest.mark.parametrize("name", every_other_container())
def test_cut_stream_has_facts_or_a_reason_anywhere(name: str) -> None:
    data = every_other_container()[name]
    for end in range(1, len(data), max(1, len(data) // 200)):
        try:
            facts = _facts(data[:end])
        except ProbeError as error:
            assert error.reason in (Reason.TRUNCATED, Reason.MALFORMED, Reason.NOT_MEDIA), end  # noqa: PT017
            continue
        assert facts.stored_width, end


@pytest.mark.parametrize("end", [0.5, 0.9])
def test_asf_is_truncated_when_its_media_data_is(end: float) -> None:
    data = movie("asf", "wmv2", frames=50)
    with pytest.raises(ProbeError, match="truncated"):
        _facts(data[: int(len(data) * end)])


@pytest.mark.parametrize("codec", ["h264", "hevc", "mpeg4", "mpeg2video"])
def test_start_codes_without_a_unit_between_them_are_passed_over(codec: str) -> None:
    assert first_picture(b"\0\0\1\0\0\1\0\0\1", codec) is None


def test_flv_is_truncated_when_its_first_sound_is_missing() -> None:
    data = every_other_container()["flv"]
    at = data.index(b"\x08\0\0")  # the head of the first tag of sound
    with pytest.raises(ProbeError, match="truncated"):
        _facts(data[: at + 11])


def test_numbers_of_flash_metadata_are_found_behind_nested_values() -> None:
    def text(name: bytes) -> bytes:
        return len(name).to_bytes(2, "big") + name

    point = b"\x08\0\0\0\1" + text(b"time") + b"\0" + struct.pack(">d", 3) + b"\0\0\x09"
    data = b"\2" + text(b"onMetaData") + b"\x08\0\0\0\3" + text(b"cuePoints") + b"\x0a\0\0\0\2" + point + point
    data += text(b"encoder") + b"\2" + text(b"any") + text(b"duration") + b"\0" + struct.pack(">d", 12.5) + b"\0\0\x09"
    assert numbers_of(data) == {"duration": 12.5}
    assert numbers_of(data[:-4]) == {}
    assert numbers_of(b"onMetaData" + b"\x0a\xff\xff\xff\xff" * 20) == {}


def test_vp6_has_the_size_of_its_first_frame() -> None:
    # Key frame, with a second partition: 10 rows and 12 columns of macroblocks, of which 6 rows of pixels are hidden.
    frame = b"\x14\x06" + b"\x00\x06" + b"\x0a\x0c\x0a\x0c" + bytes(16)
    tag = b"\x09" + len(frame).to_bytes(3, "big") + bytes(7) + frame + (11 + len(frame)).to_bytes(4, "big")
    facts = _facts(b"FLV\1\1\0\0\0\x09\0\0\0\0" + tag)
    assert (facts.codec, facts.width, facts.height) == ("vp6f", 192, 154)
