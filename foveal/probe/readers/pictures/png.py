"""PNG and APNG (PNG, third edition)."""

from __future__ import annotations

import struct
import zlib

from foveal.probe.clean_text import clean_text
from foveal.probe.codecs.cicp import set_colour
from foveal.probe.errors import malformed, truncated
from foveal.probe.facts import MAX_COUNT, Damage, Facts
from foveal.probe.metadata.exif import read_exif
from foveal.probe.metadata.icc import profile_name
from foveal.probe.metadata.xmp import read_xmp
from foveal.probe.picture_size import set_size
from foveal.probe.window import Window

SIGNATURE = b"\x89PNG\r\n\x1a\n"
_MAX_CHUNKS = 20_000
_MAX_KEPT_BYTES = 256 * 1024
_MAX_PALETTE_BYTES = 3 * 256
_MAX_PROFILE_BYTES = 8 * 1024
_MIN_FRAME_BYTES = 12 + 26
"""Size of a frame control chunk, which every frame has."""
_CHANNELS = {0: 1, 2: 3, 3: 3, 4: 2, 6: 4}
_DEPTHS = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}
_BEHIND_PIXELS = frozenset({b"eXIf", b"iTXt", b"zTXt", b"tEXt", b"fcTL"})
_KEPT = _BEHIND_PIXELS | {b"acTL", b"cICP", b"tRNS", b"sRGB"}
_RAW_PROFILES = (b"Raw profile type exif\0", b"Raw profile type APP1\0")


def read(window: Window, facts: Facts) -> None:
    """Walk the chunks up to the pixels; after them those in memory, of an animation those within the plan."""
    facts.set_kind("image", "png", "image/png")
    facts.is_animated = False
    delays: list[float] = []
    offset, seen_header, lacks_palette, in_pixels = len(SIGNATURE), False, False, False
    for _ in range(_MAX_CHUNKS):
        is_near = window.can_plan if facts.is_animated else window.has  # frames are worth a request, text is not
        if in_pixels and not is_near(offset, 8):
            break
        if not in_pixels or facts.is_animated:
            window.read_on(offset)
        head = window.upto(offset, 8) if in_pixels else window.read(offset, 8)
        if len(head) < 8:
            facts.warn(Damage.TRUNCATED)  # no IEND
            _finish_animation(facts, delays)
            break
        length, kind = struct.unpack(">I4s", head)
        if not seen_header and kind not in (b"IHDR", b"CgBI"):  # Apple's variant for iOS puts its own chunk first
            raise malformed("it does not begin with IHDR")
        if length > 2**31 - 1:
            raise malformed("a chunk longer than the format allows")
        if offset + 8 + length > window.size:
            raise truncated(f"a chunk ends at {offset + 8 + length}, the object at {window.size}")
        if kind == b"IHDR":
            lacks_palette = _read_header(window.read(offset + 8, 13), length, facts)
            _check(window, offset, length)
            seen_header = True
        elif kind == b"PLTE":
            _check(window, offset, length)
            lacks_palette = False
        elif kind == b"IDAT":
            if lacks_palette:
                raise malformed("indexes without the palette that they lead to")
            in_pixels = True
        elif kind == b"IEND":
            if not in_pixels:
                raise malformed("it has no pixels")
            _finish_animation(facts, delays)
            break
        elif kind == b"iCCP" and not in_pixels:
            facts.icc_profile = _profile_name(window.read(offset + 8, min(length, _MAX_PROFILE_BYTES)))
        elif length <= _MAX_KEPT_BYTES and (
            kind in _BEHIND_PIXELS and is_near(offset + 8, length) if in_pixels else kind in _KEPT
        ):
            _read_chunk(kind, window.read(offset + 8, length), facts, delays)
            if kind == b"acTL" and facts.frame_count and facts.frame_count * _MIN_FRAME_BYTES > window.size:
                facts.frame_count = None  # more than fit: the frames are counted
                facts.warn(Damage.MALFORMED)
        offset += 12 + length
    else:
        raise malformed(f"more than {_MAX_CHUNKS} chunks")
    if facts.is_animated and facts.frame_count == len(delays):
        facts.duration_seconds = round(sum(delays), 6)


def _finish_animation(facts: Facts, delays: list[float]) -> None:
    """Take the number of frames that are there if the animation states more, or an impossible number."""
    if facts.is_animated and delays and len(delays) < (facts.frame_count or MAX_COUNT):
        facts.warn(Damage.MALFORMED)
        facts.frame_count = len(delays)


def _check(window: Window, offset: int, length: int) -> None:
    """Raise ProbeError (`malformed`) for a header or palette, without which no decoder goes on, of a wrong CRC."""
    if length > _MAX_PALETTE_BYTES:
        raise malformed(f"a palette of {length} bytes")
    chunk = window.read(offset + 4, 4 + length + 4)
    if zlib.crc32(chunk[:-4]) != int.from_bytes(chunk[-4:], "big"):
        raise malformed("a header or palette that does not match its checksum")


def _read_header(data: bytes, length: int, facts: Facts) -> bool:
    """Set size and colour; return whether the pixels are palette indexes."""
    width, height, depth, colour, compression, filtering, interlace = struct.unpack(">IIBBBBB", data)
    if length != 13 or depth not in _DEPTHS.get(colour, ()) or compression or filtering or interlace > 1:
        raise malformed("an IHDR that the format does not allow")
    set_size(facts, width, height)
    facts.bit_depth = 8 if colour == 3 else depth
    facts.num_channels = _CHANNELS[colour]
    facts.has_alpha = colour in (4, 6)
    facts.colour_space = "gray" if colour in (0, 4) else "rgb"
    facts.codec = "png"
    return bool(colour == 3)


def _read_chunk(kind: bytes, data: bytes, facts: Facts, delays: list[float]) -> None:
    if kind == b"acTL" and len(data) == 8:
        frames = int.from_bytes(data[:4], "big")
        if not 0 < frames < 2**31:  # decoders show the still picture then
            facts.warn(Damage.MALFORMED)
            return
        facts.is_animated = True
        facts.frame_count = frames
        facts.set_kind("image", "png", "image/apng")
    elif kind == b"fcTL" and len(data) == 26:
        num, den = struct.unpack_from(">HH", data, 20)
        delays.append(num / (den or 100))
    elif kind == b"sRGB":
        facts.icc_profile = facts.icc_profile or "sRGB"
    elif kind == b"cICP" and len(data) == 4:
        set_colour(facts, data[0], data[1])
    elif kind == b"eXIf":
        read_exif(data, facts)
    elif kind == b"tRNS" and not facts.has_alpha:
        facts.has_alpha = True
        facts.num_channels = (facts.num_channels or 0) + 1
    elif kind in (b"tEXt", b"zTXt") and data.startswith(_RAW_PROFILES):
        _read_raw_profile(kind, data.split(b"\0", 1)[1], facts)
    elif kind == b"iTXt" and data.startswith(b"XML:com.adobe.xmp\0\0"):
        read_xmp(data[19:], facts)


def _profile_name(data: bytes) -> str | None:
    """Return the description in the first bytes of the profile, else the name of the chunk."""
    name, _, rest = data.partition(b"\0")
    try:
        profile = zlib.decompressobj().decompress(rest[1:], 2 * _MAX_PROFILE_BYTES)
    except zlib.error:
        profile = b""
    return profile_name(profile) or clean_text(name[:80])


def _read_raw_profile(kind: bytes, data: bytes, facts: Facts) -> None:
    """Return EXIF from hexadecimal text, as ImageMagick wrote it before `eXIf` existed; inflated up to a limit."""
    try:
        text = zlib.decompressobj().decompress(data[1:], _MAX_KEPT_BYTES) if kind == b"zTXt" else data
        words = text.split(None, 2)  # the profile's name, its length, its digits
        digits = b"".join(words[2].split())[: 2 * max(0, int(words[1]))]
        read_exif(bytes.fromhex(digits.decode("ascii")), facts)
    except (zlib.error, ValueError, IndexError):
        return
