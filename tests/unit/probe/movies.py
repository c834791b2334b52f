"""Small videos in every container, made by FFmpeg through PyAV."""

from __future__ import annotations

import os
import struct
import sys
import tempfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import av
import numpy as np

WIDTH, HEIGHT, FRAMES = 96, 64, 12


def movie(
    container: str = "mp4",
    codec: str = "libx264",
    *,
    rate: Fraction | int = 25,
    frames: int = FRAMES,
    size: tuple[int, int] = (WIDTH, HEIGHT),
    pixel_format: str = "yuv420p",
    audio: str | None = None,
    options: dict[str, str] | None = None,
    codec_options: dict[str, str] | None = None,
    times: Sequence[int] | None = None,
    timescale: int | None = None,
    change: Callable[[Any], None] | None = None,
) -> bytes:
    """A video file. `times` are presentation times in 1/`timescale`; `change` may set fields of the stream."""
    folder = tempfile.TemporaryDirectory()  # FFmpeg opens the file again to move its index to the front
    path = Path(folder.name) / "movie"
    with folder, av.open(str(path), "w", format=container, options=options or {}) as file:
        stream = file.add_stream(codec, rate=rate, options=codec_options or {})
        stream.width, stream.height = size
        stream.pix_fmt = pixel_format
        if timescale:
            stream.codec_context.time_base = Fraction(1, timescale)
        if change:
            change(stream)
        sound = file.add_stream(audio, rate=48000, layout="mono") if audio else None
        for index in range(frames):
            frame = av.VideoFrame.from_ndarray(_pixels(index, size), format="rgb24").reformat(format=pixel_format)
            if times:
                frame.pts, frame.time_base = times[index], Fraction(1, timescale or 1000)
            file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
        if sound is not None:
            _add_silence(file, sound, frames * 1920)
        file.close()
        _leave_real_time()
        return path.read_bytes()


def _leave_real_time() -> None:
    """Give the threads of this process their ordinary priority back.

    SVT-AV1 (EbThread.c) gives its caller SCHED_FIFO with priority 99 where it may, as root may. Every process that the
    tests start after that inherits it, and two of them that wait by spinning, as V8 does, stop a machine of two cores.
    """
    if sys.platform == "linux":
        for thread in Path("/proc/self/task").iterdir():
            with suppress(ProcessLookupError):  # it has ended meanwhile
                os.sched_setscheduler(int(thread.name), os.SCHED_OTHER, os.sched_param(0))


def _pixels(index: int, size: tuple[int, int]) -> Any:
    pixels = np.zeros((size[1], size[0], 3), dtype=np.uint8)
    pixels[:, : 4 + 4 * index] = (200, 30 + (10 * index) % 200, 90)
    return pixels


def _add_silence(file: Any, sound: Any, samples: int) -> None:
    frame = av.AudioFrame(format=sound.format.name, layout="mono", samples=samples)
    for plane in frame.planes:
        plane.update(bytes(plane.buffer_size))
    frame.sample_rate, frame.pts = 48000, 0
    fifo = av.AudioFifo()
    fifo.write(frame)
    for part in fifo.read_many(sound.codec_context.frame_size or 1024, partial=True):
        file.mux(sound.encode(part))
    file.mux(sound.encode(None))


_TURNS = {0: (1, 0, 0, 1), 90: (0, 1, -1, 0), 180: (-1, 0, 0, -1), 270: (0, -1, 1, 0)}


def turned(data: bytes, degrees: int) -> bytes:
    """The movie with its track's matrix set to a clockwise turn."""
    at = data.index(b"tkhd") + 4 + 40
    a, b, c, d = (value << 16 for value in _TURNS[degrees])
    return data[:at] + struct.pack(">9i", a, b, 0, c, d, 0, 0, 0, 1 << 30) + data[at + 36 :]


Edits = Sequence[tuple[int, int]]
"""Duration in milliseconds and media time of each edit; at 25 frames per second FFmpeg gives each 512 units."""


def with_edits(data: bytes, edits: Edits, *, is_wide: bool = False) -> bytes:
    """Return the movie, its index last, with another edit list."""
    at, moov, trak = data.index(b"edts") - 4, data.index(b"moov") - 4, data.index(b"trak") - 4
    assert moov > data.index(b"mdat")
    end = at + int.from_bytes(data[at : at + 4], "big")
    entries = b"".join(struct.pack(">Qq" if is_wide else ">Ii", *edit) + struct.pack(">I", 1 << 16) for edit in edits)
    listed = _box(b"edts", _box(b"elst", struct.pack(">II", is_wide << 24, len(edits)) + entries))
    changed = bytearray(data[:at] + listed + data[end:])
    for parent in (moov, trak):
        size = int.from_bytes(data[parent : parent + 4], "big") + len(listed) - (end - at)
        struct.pack_into(">I", changed, parent, size)
    return bytes(changed)


def _box(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(content), kind) + content


_QUIET = {"x265-params": "log-level=none"}


@cache
def every_movie() -> dict[str, bytes]:
    """One file for each container, codec and layout."""
    fast, pieces = {"movflags": "faststart"}, {"movflags": "frag_keyframe+empty_moov+default_base_moof"}
    plain = movie()
    return {
        "mp4": plain,
        "mp4-sound": movie(audio="aac"),
        "mp4-faststart": movie(options=fast, audio="aac"),
        "mp4-hevc": movie(codec="libx265", codec_options=_QUIET),
        "mp4-hevc-10": movie(codec="libx265", pixel_format="yuv420p10le", codec_options=_QUIET),
        "mp4-av1": movie(codec="libsvtav1", codec_options={"preset": "12"}),
        "mp4-mpeg4": movie(codec="mpeg4"),
        "mp4-vp9": movie(codec="libvpx-vp9"),
        "mp4-ntsc": movie(rate=Fraction(30000, 1001)),
        "mp4-variable": movie(times=[0, 40, 70, 200, 240, 250, 300, 410, 440, 500, 530, 600], timescale=1000),
        "mp4-no-b-frames": movie(codec_options={"bf": "0"}),
        "mp4-odd-size": movie(size=(98, 54)),
        "mp4-fragmented": movie(options=pieces, codec_options={"g": "4"}),
        "mp4-fragmented-index": movie(options={"movflags": "dash+global_sidx"}, codec_options={"g": "4"}),
        "mov": movie("mov", audio="pcm_s16le"),
        "mov-prores": movie("mov", "prores_ks", pixel_format="yuv422p10le"),
        "mov-mjpeg": movie("mov", "mjpeg", pixel_format="yuvj420p"),
        "3gp": movie("3gp", "mpeg4"),
        "mkv": movie("matroska", audio="libopus"),
        "mkv-hevc": movie("matroska", "libx265", codec_options=_QUIET),
        "mkv-ffv1": movie("matroska", "ffv1"),
        "webm-vp8": movie("webm", "libvpx", audio="libopus"),
        "webm-vp9": movie("webm", "libvpx-vp9"),
        "webm-av1": movie("webm", "libsvtav1", codec_options={"preset": "12"}),
        "webm-live": movie("webm", "libvpx", options={"live": "1"}),
        "avi": movie("avi", "mpeg4", audio="ac3"),
        "avi-mjpeg": movie("avi", "mjpeg", pixel_format="yuvj420p"),
        "ts": movie("mpegts", frames=60, audio="aac"),
        "ts-hevc": movie("mpegts", "libx265", frames=60, codec_options=_QUIET),
        "ts-mpeg2": movie("mpegts", "mpeg2video", frames=60, audio="ac3"),
    } | {f"mp4-turned-{degrees}": turned(plain, degrees) for degrees in (0, 90, 180, 270)}


@cache
def every_other_container() -> dict[str, bytes]:
    """One file for each layout of FLV, ASF, MPEG program streams and Ogg."""
    return {
        "flv": movie("flv", audio="aac"),
        "flv-sorenson": movie("flv", "flv", audio="libmp3lame"),
        "flv-odd-size": movie("flv", "flv", size=(98, 54)),
        "flv-screen": movie("flv", "flashsv", pixel_format="bgr24"),
        "flv-hevc": movie("flv", "libx265", codec_options=_QUIET),
        "flv-ntsc": movie("flv", rate=Fraction(30000, 1001)),
        "asf-wmv1": movie("asf", "wmv1"),
        "asf-wmv2": movie("asf", "wmv2", audio="mp2"),
        "asf-msmpeg4": movie("asf", "msmpeg4", audio="libmp3lame"),
        "asf-h264": movie("asf"),
        "ps-mpeg1": movie("mpeg", "mpeg1video", frames=60, audio="mp2"),
        "ps-mpeg1-short": movie("mpeg", "mpeg1video", codec_options={"bf": "0"}),
        "ps-mpeg2": movie("vob", "mpeg2video", frames=60, audio="ac3"),
        "ps-dvd": movie("dvd", "mpeg2video", frames=30, audio="mp2", size=(720, 576)),
        "ps-svcd": movie("svcd", "mpeg2video"),
        "ps-h264": movie("vob", frames=60),
        "ogg-vp8": movie("ogg", "libvpx", audio="libopus"),
        "ogg-theora": theora(),
    }


def theora(frames: int = 50, shift: int = 6) -> bytes:
    """An Ogg stream of a Theora identification header (specification, 6.2) and a last page; its frames are empty."""
    header = b"\x80theora\3\2\1" + struct.pack(">HH", 6, 4) + (90).to_bytes(3, "big") + (60).to_bytes(3, "big")
    header += b"\0\0" + struct.pack(">II", 30000, 1001) + (4).to_bytes(3, "big") + (3).to_bytes(3, "big") + b"\0"
    header += bytes(3) + struct.pack(">H", shift << 5)
    key = frames - 10
    return _page(header, flags=2, position=0) + _page(bytes(64), flags=4, position=key << shift | 10)


def _page(packet: bytes, *, flags: int, position: int) -> bytes:
    return b"OggS\0" + struct.pack("<BqIIIBB", flags, position, 7, 0, 0, 1, len(packet)) + packet
