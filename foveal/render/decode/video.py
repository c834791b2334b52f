"""Decoding of videos: a poster frame, a preview strip of ten frames, a frame by its number.

FFmpeg reads through a file object and a short list of containers; it may not open files or
addresses that a playlist or a reference inside of the video names.
"""

import struct
from typing import IO, Any, Final

import av
from av.sidedata.sidedata import Type
from av.video.reformatter import Colorspace
from PIL import Image

from foveal.errors import Unrenderable
from foveal.render.decode import orientation
from foveal.render.decode import video_frames as frames
from foveal.render.decode.colour_space import HLG, PQ, ColourSpace

CONTAINERS: Final = "mov,matroska,avi,mpegts,mpeg,ogg,flv,asf,mxf"
OPTIONS: Final = {"protocol_whitelist": "none", "format_whitelist": CONTAINERS, "enable_drefs": "0"}
STRIP_FRAMES: Final = 10
MAX_PIXELS: Final = 8192 * 8192
MAX_PACKETS: Final = 3_000
DISPLAY_MATRIX: Final = Type.DISPLAYMATRIX
COVER_ART: Final = av.stream.Disposition.attached_pic
UNSPECIFIED: Final = 2
HIGH_DEFINITION: Final = 720  # from this height on, players take a frame that does not tell for BT.709
TRANSFERS: Final = {8: "linear", 16: PQ, 18: HLG}
PRIMARIES: Final = {9: "bt2020", 12: "smpte432"}
POSTER_AT: Final = 0.1
POSTER_LATEST_SECONDS: Final = 5.0
Aperture = tuple[int, int, int, int]


def poster(source: IO[bytes], width: int, aperture: Aperture | None = None) -> Image.Image:
    """Return a frame from the first tenth of a video, at most `width` wide and twice that high, upright.

    `aperture` `(left, top, width, height)` is the displayed part of the stored pixels, from the container.

    Raises Unrenderable for a file without a video that can be decoded.
    """
    with _opened(source) as container:
        stream = _pictures(container)
        seconds = min(_duration(container, stream) * POSTER_AT, POSTER_LATEST_SECONDS)
        return _picture(_frame_at(container, stream, seconds), stream, width, aperture)


def strip(source: IO[bytes], width: int, aperture: Aperture | None = None) -> Image.Image:
    """Return ten frames from evenly spaced instants side by side, each at most `width` wide.

    Raises Unrenderable as `poster` does.
    """
    with _opened(source) as container:
        stream = _pictures(container)
        duration = _duration(container, stream)
        instants = [duration * (index + 0.5) / STRIP_FRAMES for index in range(STRIP_FRAMES)]
        frames = [_picture(_frame_at(container, stream, instant), stream, width, aperture) for instant in instants]
        tile_width, tile_height = frames[0].size
        output = Image.new("RGB", (tile_width * STRIP_FRAMES, tile_height))
        for index, frame in enumerate(frames):
            output.paste(frame.resize((tile_width, tile_height)), (index * tile_width, 0))
        return output


def still(source: IO[bytes], frame: int, width: int, aperture: Aperture | None = None) -> Image.Image:
    """Return the frame of a number, counted from 0 in the order of presentation, as `poster`.

    Raises Unrenderable as `poster` does, and for a frame that does not exist.
    """
    with _opened(source) as container:
        stream = _pictures(container)
        try:
            return _picture(frames.frame_at(container, stream, frame), stream, width, aperture)
        except (av.FFmpegError, ValueError, OSError) as error:
            raise Unrenderable(f"The video cannot be decoded ({type(error).__name__}).") from None


def _opened(source: IO[bytes]) -> Any:
    try:
        container = av.open(source, "r", options=OPTIONS, metadata_errors="replace")
    except (av.FFmpegError, ValueError, OSError) as error:
        raise Unrenderable(f"The video cannot be opened ({type(error).__name__}).") from None
    stream = _pictures(container)
    if stream is None:
        container.close()
        raise Unrenderable("The file holds no video.")
    if not 0 < stream.width * stream.height <= MAX_PIXELS:
        container.close()
        raise Unrenderable("The video's frames are too large to be decoded here.")
    stream.thread_type = "AUTO"
    return container


def _pictures(container: Any) -> Any:
    """Return the first video stream that is not cover art."""
    return next((each for each in container.streams.video if not each.disposition & COVER_ART), None)


def _duration(container: Any, stream: Any) -> float:
    if stream.duration and stream.time_base:
        return float(stream.duration * stream.time_base)
    return float(container.duration / av.time_base) if container.duration else 0.0


def _frame_at(container: Any, stream: Any, seconds: float) -> Any:
    """Return the key frame before an instant, or the next one where the container's index is not exact.

    Frames before a key frame lack what they build on and would be grey; one is returned only if there is no other.
    """
    found = None
    try:
        if seconds > 0:
            container.seek(int((seconds / stream.time_base) + (stream.start_time or 0)), stream=stream)
        for count, packet in enumerate(container.demux(stream)):
            if count > MAX_PACKETS:
                break
            for frame in packet.decode():
                if frame.key_frame:
                    return frame
                found = found or frame
    except (av.FFmpegError, ValueError, OSError) as error:
        raise Unrenderable(f"The video cannot be decoded ({type(error).__name__}).") from None
    if found is None:
        raise Unrenderable("The video has no frame that can be decoded.")
    return found


def _picture(frame: Any, stream: Any, width: int, aperture: Aperture | None) -> Image.Image:
    """Return the displayed part of a frame: square pixels, upright, in sRGB.

    FFmpeg applies the crop of the codec; that of the container is applied here.
    """
    left, top, shown_width, shown_height = aperture or (0, 0, frame.width, frame.height)
    aspect = float(stream.sample_aspect_ratio or 1)
    square_width = max(1, round(shown_width * aspect))
    turn = _turn(frame)
    is_sideways = turn in orientation.SIDEWAYS
    widest, highest = (2 * width, width) if is_sideways else (width, 2 * width)
    scale = min(1.0, widest / square_width, highest / shown_height)
    size = max(1, round(square_width * scale)), max(1, round(shown_height * scale))
    across, down = size[0] / shown_width, size[1] / shown_height
    whole = max(size[0], round(frame.width * across)), max(size[1], round(frame.height * down))
    space = ColourSpace(TRANSFERS.get(int(frame.color_trc)), PRIMARIES.get(int(frame.color_primaries)))
    shown = frame.reformat(
        width=whole[0],
        height=whole[1],
        format="rgb48le" if space.is_other else "rgb24",
        src_colorspace=_matrix(frame),
        interpolation="AREA",
    )
    image: Image.Image = Image.fromarray(space.shown(shown.to_ndarray())) if space.is_other else shown.to_image()
    corner = min(round(left * across), whole[0] - size[0]), min(round(top * down), whole[1] - size[1])
    part = image.crop((*corner, corner[0] + size[0], corner[1] + size[1])) if whole != size else image
    return orientation.upright(part, turn)


def _turn(frame: Any) -> int:
    matrix = frame.side_data.get(DISPLAY_MATRIX)
    if matrix is None:
        return orientation.UPRIGHT
    a, b, _, c, d, *_ = struct.unpack("=9i", bytes(matrix))
    return orientation.of_matrix(a, b, c, d)


def _matrix(frame: Any) -> Any:
    """Return the matrix from YCbCr, None for the frame's own; a large frame that states none has that of BT.709."""
    is_told = int(frame.colorspace) != UNSPECIFIED
    return None if is_told or frame.height < HIGH_DEFINITION else Colorspace.ITU709
