"""The values of a grey DICOM frame for viewers that window it themselves: a PNG of 16 bits with its scale.

A value after the modality LUT (DICOM PS3.3 C.11.1), such as a Hounsfield unit, is `intercept + slope * sample`.
"""

import io
import json
from typing import IO, Final

import numpy as np
from PIL import Image, PngImagePlugin
from pydicom import Dataset
from pydicom.pixels import apply_modality_lut

from foveal.errors import Unrenderable
from foveal.render.decode import dicom
from foveal.render.decode.dicom import Samples

KEYWORD: Final = "foveal:values"
"""Keyword of the tEXt chunk with the scale, a JSON object."""
MAX_SAMPLE: Final = 0xFFFF


def png(source: IO[bytes], width: int, frame: int = 0) -> bytes:
    """Return the values of a frame, at most `width` wide and twice that high, as a grey PNG of 16 bits.

    Exact where no pixels are combined and the samples span at most 65,536 numbers; otherwise a pixel is the mean of
    those that it covers, and a wider span or floating point goes to the nearest of 65,536 steps. The chunk `KEYWORD`
    holds `slope`, `intercept`, `is_inverted` (MONOCHROME1), and `window`, the first one of the file with `center`,
    `width` and `function` (VOI LUT function), null where it has none or a table (VOI LUT). Raises Unrenderable as
    `dicom.picture`, and for colours.
    """
    with dicom.readable():
        samples, dataset = dicom.decoded(source, frame)
        if samples.ndim != 2 or dataset.PhotometricInterpretation == "PALETTE COLOR":
            raise Unrenderable("The DICOM picture has colours; only a grey one has values.")
        window = dicom.window_of(dataset)
        steps, slope, intercept = _steps(samples, dataset)
        if not np.isfinite((slope, intercept, *(window[:2] if window else ()))).all():
            raise Unrenderable("The DICOM values are not finite numbers.")
    told = {
        "slope": slope,
        "intercept": intercept,
        "is_inverted": dataset.PhotometricInterpretation == dicom.INVERTED,
        "window": window and window._asdict(),
    }
    text = PngImagePlugin.PngInfo()
    text.add_text(KEYWORD, json.dumps(told))
    output = io.BytesIO()
    Image.fromarray(_reduced(steps, width)).save(output, "PNG", pnginfo=text)
    return output.getvalue()


def _steps(samples: Samples, dataset: Dataset) -> tuple[Samples, float, float]:
    """Return samples of 16 bits, with the slope and the intercept that make values of them."""
    slope, intercept = 1.0, 0.0
    if dataset.get("ModalityLUTSequence"):
        samples = apply_modality_lut(samples, dataset)
    elif "RescaleSlope" in dataset and "RescaleIntercept" in dataset:
        slope, intercept = float(dataset.RescaleSlope), float(dataset.RescaleIntercept)
    least, span = samples.min().item(), samples.max().item() - samples.min().item()
    if samples.dtype.kind in "iu" and span <= MAX_SAMPLE:
        # modulo 65,536, which the difference does not reach
        return samples.astype(np.uint16) - np.uint16(least & MAX_SAMPLE), slope, intercept + slope * least
    step = (span or 1) / MAX_SAMPLE
    steps = samples.astype(np.float64)
    steps -= least
    steps /= step
    return np.rint(steps, out=steps).astype(np.uint16), slope * step, intercept + slope * least


def _reduced(samples: Samples, width: int) -> Samples:
    """Return samples at most `width` wide and twice that high; means, so that no value appears that is not between."""
    picture = Image.fromarray(samples.astype(np.float32))
    picture.thumbnail((width, 2 * width), Image.Resampling.BOX, reducing_gap=None)
    reduced: Samples = np.rint(np.asarray(picture)).astype(np.uint16)
    return reduced
