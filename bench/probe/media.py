"""Pictures as cameras write them and movies of every layout and length."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import av
import numpy as np
import pillow_heif
from PIL import Image

VIDEOS = {".mp4", ".mov", ".mkv", ".webm", ".avi", ".ts"}
SECONDS = 8


def make(folder: Path, *, quick: bool) -> list[Path]:
    """Write all objects into the folder; `quick` leaves out those of a gigabyte."""
    loop = _loop(folder / "loop.mp4", "libx264", {"preset": "ultrafast", "crf": "32"}, "aac")
    vp8 = _loop(
        folder / "vp8.webm", "libvpx", {"deadline": "realtime", "cpu-used": "16", "b": "8M"}, "libopus", seconds=2
    )
    objects = [*_pictures(folder)]
    copies = max(1, 50_000_000 // loop.stat().st_size)
    layouts: list[tuple[str, int, dict[str, str]]] = [
        ("last-50M.mp4", copies, {}),
        ("first-50M.mp4", copies, {"movflags": "faststart"}),
        ("fragmented-50M.mp4", copies, {"movflags": "frag_keyframe+empty_moov+default_base_moof"}),
        ("last-50M.mov", copies, {}),
        ("50M.mkv", copies, {}),
        ("50M.ts", copies, {}),
        ("clip-last.mp4", 1, {}),
        ("clip-first.mp4", 1, {"movflags": "faststart"}),
        ("clip.mkv", 1, {}),
    ]
    if not quick:
        layouts += [("last-1G.mp4", 20 * copies, {}), ("first-1G.mp4", 20 * copies, {"movflags": "faststart"})]
        layouts += [("1G.mkv", 20 * copies, {})]
    objects += [_repeated(loop, folder / name, times, options) for name, times, options in layouts]
    return [*objects, vp8]


def make_huge(folder: Path) -> list[Path]:
    """A movie of 50 GB, with the index of a long one, last and first; the media data is a hole."""
    data = (folder / "last-50M.mp4").read_bytes()
    at = data.rindex(b"moov") - 4
    head, moov = data[: struct.unpack_from(">I", data)[0]], data[at:]
    size = 50_000_000_000
    hole = struct.pack(">I4sQ", 1, b"mdat", size)
    paths = [folder / "last-50G.mp4", folder / "first-50G.mp4"]
    for path, before, after in ((paths[0], head + hole, moov), (paths[1], head + moov + hole, b"")):
        with path.open("wb") as file:
            file.write(before)
            file.seek(len(before) - 16 + size)
            file.write(after)
            file.truncate(len(before) - 16 + size + len(after))
    return paths


def _pictures(folder: Path) -> list[Path]:
    noise = Image.effect_noise((4000, 3000), 60).resize((4000, 3000)).convert("RGB")
    exif = Image.Exif()
    exif[0x0112], exif[0x010F], exif[0x0110] = 6, "Bench", "Camera"
    exif.get_ifd(0x8769).update({0x9003: "2024:01:02 03:04:05", 0x829D: 2.8, 0x927C: b"n" * 18_000})
    paths = []
    for name, options in (
        ("photo.jpg", {"quality": 85, "exif": exif}),
        ("photo.png", {"compress_level": 1}),
        ("photo.webp", {"quality": 70, "exif": exif, "method": 0}),
        ("photo.tiff", {"compression": "tiff_lzw"}),
        ("photo.avif", {"quality": 50, "speed": 10}),
        ("photo.jp2", {}),
    ):
        paths.append(folder / name)
        small = noise.resize((1600, 1200)) if name.endswith(("avif", "jp2")) else noise
        small.save(paths[-1], **options)
    paths.append(folder / "photo.heic")
    pillow_heif.from_pillow(noise.resize((1600, 1200))).save(paths[-1], quality=50, exif=exif.tobytes())
    return paths


def _loop(path: Path, codec: str, options: dict[str, str], audio: str, seconds: int = SECONDS) -> Path:
    """A few seconds of moving noise with sound, to be repeated."""
    random = np.random.default_rng(1)
    noise = random.integers(0, 256, (720, 2560, 3), dtype=np.uint8)
    with av.open(str(path), "w") as file:
        video = file.add_stream(codec, rate=30, options=options)
        video.width, video.height, video.pix_fmt = 1280, 720, "yuv420p"
        sound = file.add_stream(audio, rate=48000, layout="stereo")
        for index in range(30 * seconds):
            pixels = np.ascontiguousarray(noise[:, 4 * index : 4 * index + 1280] // 4)
            file.mux(video.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        file.mux(video.encode(None))
        _add_noise(file, sound, random, seconds)
    return path


def _add_noise(file: Any, sound: Any, random: Any, seconds: int) -> None:
    step = sound.codec_context.frame_size or 960
    for index in range(48000 * seconds // step - 4):  # the encoder adds some, and a turn must end before the next
        samples = (random.random((2, step)) - 0.5).astype(np.float32)
        frame = av.AudioFrame.from_ndarray(samples, format="fltp", layout="stereo")
        frame.sample_rate, frame.pts = 48000, index * step
        file.mux(sound.encode(frame))
    file.mux(sound.encode(None))


def _repeated(source: Path, path: Path, times: int, options: dict[str, str]) -> Path:
    """The loop's packets `times` over, in the container that the name asks for."""
    with av.open(str(path), "w", options=options) as out, av.open(str(source)) as first:
        streams = {stream.index: out.add_stream_from_template(stream) for stream in first.streams}
        for turn in range(times):
            with av.open(str(source)) as file:
                for packet in file.demux():
                    if packet.dts is None or packet.pts is None:
                        continue
                    shift = int(turn * SECONDS / packet.time_base)
                    packet.pts, packet.dts = packet.pts + shift, packet.dts + shift
                    packet.stream = streams[packet.stream.index]
                    out.mux(packet)
    return path
