"""Decoding of DICOM frames as a viewer first shows them: rescaled, windowed, inverted for MONOCHROME1.

Steps and order from DICOM PS3.3 C.11 (modality LUT, VOI LUT, presentation). Nothing of the header is drawn or kept;
what was burned into the pixels stays there.
"""

from typing import IO, Any, Final

import numpy as np
import pydicom
from PIL import Image
from pydicom.multival import MultiValue
from pydicom.pixels import apply_modality_lut, apply_voi_lut, pixel_array

from foveal.errors import Unrenderable
from foveal.render.decode import dicom_codecs

Samples = np.ndarray[Any, Any]
MAX_FRAME_BYTES: Final = 256 * 1024 * 1024
_ERRORS: Final = (
    OSError,
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    AttributeError,
    RuntimeError,
    NotImplementedError,
)

dicom_codecs.register()


def picture(source: IO[bytes], width: int, frame: int = 0) -> Image.Image:
    """Return a frame, at most `width` wide and twice that high; modes L or RGB.

    Raises Unrenderable for an object without pixels, with too many, or with pixels that cannot be decoded.
    """
    try:
        dataset = pydicom.dcmread(source)
        _require_budget(dataset)
        image = Image.fromarray(_shown(dataset, frame))
    except pydicom.errors.InvalidDicomError:
        raise Unrenderable("This is not a DICOM file.") from None
    except _ERRORS as error:
        raise Unrenderable(f"The DICOM pixels cannot be decoded ({type(error).__name__}).") from None
    image.thumbnail((width, 2 * width), Image.Resampling.LANCZOS)
    return image


def _shown(dataset: pydicom.Dataset, frame: int) -> Samples:
    """Return 8-bit samples: (rows, columns) or (rows, columns, 3)."""
    samples = pixel_array(dataset, index=frame, raw=False)
    if dataset.SamplesPerPixel == 3:
        return samples if samples.dtype == np.uint8 else _stretched(samples, samples.min(), samples.max())
    values = apply_modality_lut(samples, dataset)
    if dataset.get("VOILUTSequence"):
        values = apply_voi_lut(values, dataset)
        shown = _stretched(values, 0, 2 ** int(dataset.VOILUTSequence[0].LUTDescriptor[2]) - 1)
    elif "WindowCenter" in dataset and "WindowWidth" in dataset:
        shown = _windowed(values, _first(dataset.WindowCenter), _first(dataset.WindowWidth))
    else:
        shown = _stretched(values, *np.percentile(values, (1, 99)))
    return 255 - shown if dataset.PhotometricInterpretation == "MONOCHROME1" else shown


def _windowed(values: Samples, center: float, width: float) -> Samples:
    """Return values through the linear window (PS3.3 C.11.2.1.2.1)."""
    half = max(width - 1, 1) / 2
    return _stretched(values, center - 0.5 - half, center - 0.5 + half)


def _stretched(values: Samples, low: float, high: float) -> Samples:
    spread = (values.astype(np.float32) - low) * (255.0 / ((high - low) or 1.0))
    shown: Samples = np.clip(spread + 0.5, 0, 255).astype(np.uint8)
    return shown


def _first(value: Any) -> float:
    return float(value[0] if isinstance(value, MultiValue) else value)


def _require_budget(dataset: pydicom.Dataset) -> None:
    frame = dataset.Rows * dataset.Columns * dataset.SamplesPerPixel * 8
    if frame > MAX_FRAME_BYTES:
        raise Unrenderable("The DICOM frames are too large to be decoded here.")
