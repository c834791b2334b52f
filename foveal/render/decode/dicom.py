"""Decoding of DICOM frames as a viewer first shows them: rescaled, windowed, inverted for MONOCHROME1.

Steps and order from DICOM PS3.3 C.11 (modality LUT, VOI LUT, presentation). Nothing of the header is drawn or kept;
what was burned into the pixels stays there.
"""

import contextlib
import struct
import zlib
from collections.abc import Iterator
from typing import IO, Any, Final, NamedTuple

import numpy as np
from PIL import Image
from pydicom import Dataset, uid
from pydicom.errors import BytesLengthException
from pydicom.multival import MultiValue
from pydicom.pixels import apply_color_lut, apply_modality_lut, apply_voi_lut, get_decoder

from foveal.errors import Unrenderable
from foveal.render.decode import dicom_codecs, dicom_file

Samples = np.ndarray[Any, Any]
INVERTED: Final = "MONOCHROME1"
MAX_FRAME_BYTES: Final = 256 * 1024 * 1024
_ERRORS: Final = (
    *(OSError, ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RuntimeError, EOFError),
    *(struct.error, zlib.error, BytesLengthException),
)
"""Exceptions of pydicom and its decoders for damaged objects."""

dicom_codecs.register()


class VoiWindow(NamedTuple):
    """A window of values, with the function that makes greys of them (PS3.3 C.11.2.1.2 and C.11.2.1.3)."""

    center: float
    width: float
    function: str = "LINEAR"
    """Also `LINEAR_EXACT` or `SIGMOID`; any other one is taken for `LINEAR`, as where none is stated."""


def picture(source: IO[bytes], width: int, frame: int = 0) -> Image.Image:
    """Return a frame, at most `width` wide and twice that high; modes L or RGB.

    Raises Unrenderable for an object without pixels, with too many, or with pixels that cannot be decoded.
    """
    with readable():
        image = Image.fromarray(_shown(*decoded(source, frame)))
    image.thumbnail((width, 2 * width), Image.Resampling.LANCZOS)
    return image


@contextlib.contextmanager
def readable() -> Iterator[None]:
    """Raise Unrenderable instead of the exceptions of pydicom and its decoders for damaged objects."""
    try:
        yield
    except _ERRORS as error:
        raise Unrenderable(f"The DICOM pixels cannot be decoded ({type(error).__name__}).") from None


def decoded(source: IO[bytes], frame: int) -> tuple[Samples, Dataset]:
    """Return the stored samples of a frame and its header; errors as `readable` takes them."""
    file = dicom_file.opened(source)
    _require_budget(file.dataset)
    if file.transfer_syntax in uid.JPEG2000TransferSyntaxes:
        dicom_file.require_sound_boxes(file, frame)
    samples, _ = get_decoder(file.transfer_syntax).as_array(file.pixels, index=frame, raw=False, **file.options)
    dicom_file.take_groups(file.dataset, frame)
    return samples, file.dataset


def window_of(dataset: Dataset) -> VoiWindow | None:
    """Return the first window; None where there is none, or a table (VOI LUT) instead."""
    if dataset.get("VOILUTSequence") or "WindowCenter" not in dataset or "WindowWidth" not in dataset:
        return None
    function = str(dataset.get("VOILUTFunction") or "").strip().upper()
    known = function if function in ("LINEAR_EXACT", "SIGMOID") else "LINEAR"
    return VoiWindow(_first(dataset.WindowCenter), _first(dataset.WindowWidth), known)


def windowed(values: Samples, window: VoiWindow) -> Samples:
    """Return values through a window, 8 bits."""
    center, width, function = window
    if function == "SIGMOID":
        steep = (values.astype(np.float32) - center) * (-4 / (width or 1))
        return _stretched(1 / (1 + np.exp(np.clip(steep, -80, 80))), 0, 1)
    if function == "LINEAR_EXACT":
        return _stretched(values, center - width / 2, center + width / 2)
    half = max(width - 1, 1) / 2
    return _stretched(values, center - 0.5 - half, center - 0.5 + half)


def _shown(samples: Samples, dataset: Dataset) -> Samples:
    """Return 8-bit samples: (rows, columns) or (rows, columns, 3)."""
    if dataset.PhotometricInterpretation == "PALETTE COLOR":
        # PS3.3 C.7.6.3.1.5: the third number of the descriptor is the bits of the palette's entries
        bits = int(dataset.RedPaletteColorLookupTableDescriptor[2])
        return _stretched(apply_color_lut(samples, dataset), 0, 2**bits - 1)[..., :3]
    if dataset.SamplesPerPixel == 3:
        return samples if samples.dtype == np.uint8 else _stretched(samples, samples.min(), samples.max())
    values = apply_modality_lut(samples, dataset)
    if dataset.get("VOILUTSequence"):
        values = apply_voi_lut(values, dataset)
        shown = _stretched(values, 0, 2 ** int(dataset.VOILUTSequence[0].LUTDescriptor[2]) - 1)
    elif window := window_of(dataset):
        shown = windowed(values, window)
    else:
        shown = _stretched(values, *np.percentile(values, (1, 99)))
    return 255 - shown if dataset.PhotometricInterpretation == INVERTED else shown


def _stretched(values: Samples, low: float, high: float) -> Samples:
    spread = (values.astype(np.float32) - low) * (255.0 / ((high - low) or 1.0))
    shown: Samples = np.clip(spread + 0.5, 0, 255).astype(np.uint8)
    return shown


def _first(value: Any) -> float:
    return float(value[0] if isinstance(value, MultiValue) else value)


def _require_budget(dataset: Dataset) -> None:
    frame = dataset.Rows * dataset.Columns * dataset.SamplesPerPixel * 8
    if frame > MAX_FRAME_BYTES:
        raise Unrenderable("The DICOM frames are too large to be decoded here.")
