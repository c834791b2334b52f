"""Picture facts of coded video streams; headers of AV1, MPEG-4 and VP9."""

from __future__ import annotations

from dataclasses import dataclass

from foveal.probe.codecs.bits import Bits
from foveal.probe.codecs.cicp import set_colour
from foveal.probe.errors import malformed
from foveal.probe.facts import Facts, Fraction
from foveal.probe.picture_size import set_size

_ASPECTS = ((1, 1), (12, 11), (10, 11), (16, 11), (40, 33))


@dataclass(slots=True)
class Picture:
    """The facts of a coded video stream."""

    width: int
    height: int
    bit_depth: int
    is_gray: bool = False
    is_rgb: bool = False
    profile: str | None = None
    pixel_aspect: Fraction | None = None
    primaries: int = 2
    transfer: int = 2
    frame_rate: Fraction | None = None
    """Frame rate of a stream with a constant frame duration."""
    nominal_rate: Fraction | None = None
    """Nominal frame rate, which the stream does not guarantee."""
    is_cropped: bool = False

    def crop_to(self, width: int, height: int) -> None:
        """Use the container's size if the coded size is only that size rounded up to whole macroblocks.

        Some cameras leave the cropping out of their H.264 header; decoders then crop as the container says.
        """
        if self.is_cropped:
            return
        if (-(-width // 16), -(-height // 16)) == (-(-self.width // 16), -(-self.height // 16)):
            self.width, self.height = min(width, self.width), min(height, self.height)

    def fill(self, facts: Facts) -> None:
        """Copy into `facts`; the coded size is the size of a decoded picture."""
        set_size(facts, self.width, self.height)
        facts.bit_depth = self.bit_depth
        facts.num_channels = 1 if self.is_gray else 3
        facts.colour_space = "gray" if self.is_gray else "rgb" if self.is_rgb else "ycbcr"
        facts.codec_profile = self.profile or facts.codec_profile
        facts.pixel_aspect = facts.pixel_aspect or self.pixel_aspect
        if facts.colour_primaries is None and facts.transfer is None:
            set_colour(facts, self.primaries, self.transfer)


def av1_picture(obus: bytes) -> Picture:
    """Read the sequence header among the given OBUs (AV1 bitstream specification, 5.5)."""
    bits = Bits(_sequence_header(obus))
    profile = bits.take(3)
    bits.skip(1)
    frame_rate: Fraction | None = None
    if bits.flag():  # reduced_still_picture_header
        bits.skip(5)
    else:
        decoder_model_bits = 0
        if bits.flag():
            units, scale, equal = bits.take(32), bits.take(32), bits.flag()
            ticks = bits.ue() + 1 if equal else 0
            frame_rate = Fraction.of(scale, units * ticks)
            if bits.flag():
                decoder_model_bits = bits.take(5) + 1
                bits.skip(32 + 5 + 5)
        initial_delay = bits.flag()
        for _ in range(bits.take(5) + 1):
            bits.skip(12)
            if bits.take(5) > 7:
                bits.skip(1)
            if decoder_model_bits and bits.flag():
                bits.skip(2 * decoder_model_bits + 1)
            if initial_delay and bits.flag():
                bits.skip(4)
        return _av1_size(bits, profile, frame_rate, reduced=False)
    return _av1_size(bits, profile, frame_rate, reduced=True)


def _sequence_header(obus: bytes) -> bytes:
    offset = 0
    for _ in range(32):
        if offset >= len(obus):
            break
        head = obus[offset]
        offset += 2 if head & 4 else 1
        size = len(obus) - offset
        if head & 2:
            size, shift = 0, 0
            while offset < len(obus) and shift < 56:
                size |= (obus[offset] & 0x7F) << shift
                shift += 7
                offset += 1
                if not obus[offset - 1] & 0x80:
                    break
        if (head >> 3) & 15 == 1:
            return obus[offset : offset + size]
        offset += size
    raise malformed("no AV1 sequence header")


def _av1_size(bits: Bits, profile: int, frame_rate: Fraction | None, *, reduced: bool) -> Picture:
    width_bits, height_bits = bits.take(4) + 1, bits.take(4) + 1
    width, height = bits.take(width_bits) + 1, bits.take(height_bits) + 1
    if not reduced and bits.flag():
        bits.skip(7)
    bits.skip(3)
    if not reduced:
        bits.skip(4)
        order_hint = bits.flag()
        if order_hint:
            bits.skip(2)
        screen_tools = 2 if bits.flag() else bits.take(1)
        if screen_tools and not bits.flag():
            bits.skip(1)
        if order_hint:
            bits.skip(3)
    bits.skip(3)
    high = bits.flag()
    depth = 12 if profile == 2 and high and bits.flag() else 10 if high else 8
    gray = profile != 1 and bits.flag()
    name = {0: "Main", 1: "High", 2: "Professional"}.get(profile)
    picture = Picture(width, height, depth, is_gray=gray, profile=name, frame_rate=frame_rate)
    if bits.flag():
        picture.primaries, picture.transfer = bits.take(8), bits.take(8)
        picture.is_rgb = bits.take(8) == 0
    return picture


def mpeg4_picture(data: bytes) -> Picture:
    """Read the first video object layer among start codes (ISO/IEC 14496-2, 6.2.3): rectangular shape, 8 bits."""
    for at in range(len(data) - 4):
        if data[at : at + 3] == b"\0\0\1" and data[at + 3] in range(0x20, 0x30):
            return _object_layer(Bits(data[at + 4 :]))
    raise malformed("no video object layer")


def _object_layer(bits: Bits) -> Picture:
    bits.skip(1)
    if bits.take(8) == 14:
        raise malformed("a studio object layer")  # of another syntax and depth
    version = 1
    if bits.flag():
        version = bits.take(4)
        bits.skip(3)
    aspect = bits.take(4)
    pair = (bits.take(8), bits.take(8)) if aspect == 15 else _ASPECTS[aspect - 1] if 0 < aspect < 6 else (0, 0)
    if bits.flag():
        bits.skip(3)
        if bits.flag():
            bits.skip(79)
    if bits.take(2) != 0:
        raise malformed(f"an object layer of version {version} that is not rectangular")
    bits.skip(1)
    resolution = bits.take(16)
    bits.skip(1)
    if bits.flag():
        bits.skip(max(1, (resolution - 1).bit_length()))
    bits.skip(1)
    width = bits.take(13)
    bits.skip(1)
    return Picture(width, bits.take(13), 8, pixel_aspect=Fraction.of(*pair))


def vp9_depth(frame: bytes) -> tuple[int, bool] | None:
    """Return bits per channel and whether a key frame is RGB (VP9 bitstream specification, 6.2); None for others."""
    bits = Bits(frame[:8])
    if bits.take(2) != 2:
        return None
    profile = bits.take(1) | bits.take(1) << 1
    if profile == 3:
        bits.skip(1)
    is_shown_again, is_inter = bits.flag(), bits.flag()
    bits.skip(2)
    if is_shown_again or is_inter or bits.take(24) != 0x498342:
        return None
    depth = (12 if bits.flag() else 10) if profile >= 2 else 8
    return depth, bits.take(3) == 7
