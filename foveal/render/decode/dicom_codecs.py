"""Decoders for JPEG transfer syntaxes that pydicom lacks: FFmpeg, present for videos, and a lossless one of our own.

A decoder of pydicom is a module with these names (pydicom, "Pixel data decoder plugins").
"""

from typing import Any, Final

import av
import numpy as np
from pydicom import uid
from pydicom.pixels import get_decoder
from pydicom.pixels.decoders.base import DecodeRunner

from foveal.render.decode import lossless_jpeg

CODECS: Final = {
    uid.JPEGExtended12Bit: "mjpeg",
    uid.JPEGLSLossless: "jpegls",
    uid.JPEGLSNearLossless: "jpegls",
}
LOSSLESS: Final = (uid.JPEGLossless, uid.JPEGLosslessSV1)
DECODER_DEPENDENCIES: Final = {**dict.fromkeys(CODECS, ("av",)), **dict.fromkeys(LOSSLESS, ("numpy",))}
FORMATS: Final = frozenset({"gray", "rgb24", "gray16le"})
"""The pixel formats that FFmpeg may decode into, without conversion."""
PLUGIN: Final = "foveal"
MARKER: Final = 0xFF
FRAME_HEADERS: Final = frozenset({0xC0, 0xC1, 0xC2, 0xC3, 0xF7})


def is_available(transfer_syntax: str) -> bool:
    return transfer_syntax in DECODER_DEPENDENCIES


def register() -> None:
    """Make pydicom decode these transfer syntaxes; once is enough."""
    for transfer_syntax in DECODER_DEPENDENCIES:
        decoder = get_decoder(transfer_syntax)
        if PLUGIN not in decoder.available_plugins:
            decoder.add_plugin(PLUGIN, (__name__, "_decode_frame"))


def _decode_frame(source: bytes, runner: DecodeRunner) -> bytearray:
    if runner.transfer_syntax in LOSSLESS:
        samples, _ = lossless_jpeg.decoded(source)
    else:
        samples = _by_ffmpeg(source, CODECS[runner.transfer_syntax])
    if samples.shape[:2] != (runner.rows, runner.columns):
        raise ValueError("not a frame of the size that is told")
    runner.set_option("bits_allocated", samples.dtype.itemsize * 8)
    runner.set_option("planar_configuration", 0)
    return bytearray(samples.tobytes())


def _by_ffmpeg(source: bytes, codec: str) -> "np.ndarray[Any, Any]":
    context: Any = av.CodecContext.create(codec, "r")
    frames = [*context.decode(av.Packet(source)), *context.decode(None)]
    if len(frames) != 1 or frames[0].format.name not in FORMATS:
        raise ValueError("not one frame of a kind that is known")
    samples = frames[0].to_ndarray()
    # FFmpeg moves samples up to the highest bit
    return np.asarray(samples >> samples.dtype.itemsize * 8 - _precision(source))


def _precision(source: bytes) -> int:
    """Return the bits of a sample, from the frame header (ITU-T T.81, B.2.2, and T.87, C.2.2)."""
    at = 2
    while at + 5 <= len(source) and source[at] == MARKER:
        if source[at + 1] in FRAME_HEADERS:
            return source[at + 4]
        at += 2 + int.from_bytes(source[at + 2 : at + 4], "big")
    raise ValueError("no frame header")
