"""Conversion of pixels to sRGB from colour spaces that are named without an ICC profile.

Spaces by their code points (ITU-T H.273) or by a PNG's gamma and chromaticities. High dynamic range is mapped: up to
the reference white of 203 cd/m² (ITU-R BT.2408) nearly as it is, what is brighter ever closer to white.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

Grid = np.ndarray[Any, Any]
Chromaticities = tuple[float, ...]
"""x and y of white, red, green and blue, as a PNG's cHRM has them."""

PQ: Final = "smpte2084"
HLG: Final = "arib-std-b67"
REFERENCE_WHITE: Final = 203.0
PEAK: Final = 1_000.0
KNEE: Final = 0.6
ROWS: Final = 128

_D65: Final = (0.3127, 0.3290)
_BT709: Final = (*_D65, 0.64, 0.33, 0.30, 0.60, 0.15, 0.06)
_PRIMARIES: Final[Mapping[str, Chromaticities]] = {
    "bt2020": (*_D65, 0.708, 0.292, 0.170, 0.797, 0.131, 0.046),
    "smpte432": (*_D65, 0.680, 0.320, 0.265, 0.690, 0.150, 0.060),
}
"""The primaries that differ visibly from sRGB's; those of older television systems hardly do."""


@dataclass(frozen=True, slots=True)
class ColourSpace:
    """A colour space: `transfer` by name, or the exponent that makes samples linear."""

    transfer: str | float | None = None
    primaries: str | Chromaticities | None = None

    @property
    def is_other(self) -> bool:
        """Return whether pixels look different from sRGB."""
        return self._to_linear() is not None or self._chromaticities() is not None

    def shown(self, samples: Grid) -> Grid:
        """Return samples (height, width, 3 or none), of 8 or 16 bits or floating point from 0 to 1, in 8-bit sRGB."""
        full = 1.0 if samples.dtype.kind == "f" else float(np.iinfo(samples.dtype).max)
        to_linear = self._to_linear() or _from_srgb
        chromaticities = self._chromaticities()
        matrix = _to_bt709(chromaticities) if chromaticities and samples.ndim == 3 else None
        output = np.empty(samples.shape, np.uint8)
        for start in range(0, samples.shape[0], ROWS):
            light = to_linear(samples[start : start + ROWS].astype(np.float32) / full)
            if self.transfer in (PQ, HLG):
                light = _mapped(light, PEAK / REFERENCE_WHITE)
            if matrix is not None:
                light = light @ matrix.T
            output[start : start + ROWS] = (_to_srgb(np.clip(light, 0.0, 1.0)) * 255.0 + 0.5).astype(np.uint8)
        return output

    def _to_linear(self) -> Callable[[Grid], Grid] | None:
        """Return the function from samples to linear light, 1 being white; None for sRGB's own curve."""
        if self.transfer == PQ:
            return _from_pq
        if self.transfer == HLG:
            return _from_hlg
        exponent = _EXPONENTS.get(self.transfer, None) if isinstance(self.transfer, str) else self.transfer
        return None if exponent is None else lambda samples: np.power(samples, np.float32(exponent))

    def _chromaticities(self) -> Chromaticities | None:
        found = _PRIMARIES.get(self.primaries) if isinstance(self.primaries, str) else self.primaries
        is_alike = found is None or max(abs(one - other) for one, other in zip(found, _BT709, strict=True)) < 0.005
        return None if is_alike else found


_EXPONENTS: Final = {"linear": 1.0, "gamma22": 2.2, "gamma28": 2.8}


def from_light(light: Grid, peak: float) -> Grid:
    """Return linear light (height, width, 3), 1 being white, in 8-bit sRGB; `peak` and what is brighter is white."""
    shown = _mapped(np.maximum(light, 0.0), peak) if peak > 1 else light
    result: Grid = (_to_srgb(np.clip(shown, 0.0, 1.0)) * 255.0 + 0.5).astype(np.uint8)
    return result


def _from_srgb(samples: Grid) -> Grid:
    return np.where(samples <= 0.04045, samples / 12.92, np.power((samples + 0.055) / 1.055, 2.4))


def _to_srgb(light: Grid) -> Grid:
    return np.where(light <= 0.0031308, light * 12.92, 1.055 * np.power(light, 1 / 2.4) - 0.055)


def _from_pq(samples: Grid) -> Grid:
    """SMPTE ST 2084, as in ITU-R BT.2100, table 4."""
    power = np.power(samples, 1 / 78.84375)
    light = np.maximum(power - 0.8359375, 0) / (18.8515625 - 18.6875 * power)
    return np.power(light, 1 / 0.1593017578125) * (10_000.0 / REFERENCE_WHITE)


def _from_hlg(samples: Grid) -> Grid:
    """ITU-R BT.2100, table 5, on a display of 1,000 cd/m²: the scene's light, then the system gamma of 1.2."""
    a, b, c = 0.17883277, 0.28466892, 0.55991073
    scene = np.where(samples <= 0.5, np.square(samples) / 3.0, (np.exp((samples - c) / a) + b) / 12.0)
    luminance = scene @ np.array([0.2627, 0.6780, 0.0593], np.float32) if scene.ndim == 3 else scene
    gain = np.power(np.maximum(luminance, 1e-6), 0.2) * (PEAK / REFERENCE_WHITE)
    shown: Grid = scene * (gain[..., None] if scene.ndim == 3 else gain)
    return shown


def _mapped(light: Grid, peak: float) -> Grid:
    """Return light with its highlights pressed, `peak` to 1; the brightest channel decides, so that hues stay."""
    brightest = light.max(axis=2, keepdims=True) if light.ndim == 3 else light
    over = (brightest - KNEE) / (1 - KNEE)
    reach = (peak - KNEE) / (1 - KNEE)
    pressed = KNEE + (1 - KNEE) * over / (1 + np.maximum(over, 0) * (1 - 1 / reach))
    return np.where(over > 0, light * (pressed / np.maximum(brightest, 1e-6)), light)


def _to_bt709(chromaticities: Chromaticities) -> Grid:
    """Return the matrix from linear light with some primaries to that of sRGB (SMPTE RP 177); white stays white."""
    return (np.linalg.inv(_to_xyz(_BT709)) @ _to_xyz(chromaticities)).astype(np.float32)


def _to_xyz(chromaticities: Chromaticities) -> Grid:
    pairs = np.array(chromaticities, float).reshape(4, 2)
    columns = np.stack([pairs[:, 0] / pairs[:, 1], np.ones(4), (1 - pairs.sum(axis=1)) / pairs[:, 1]])
    white, primaries = columns[:, 0], columns[:, 1:]
    scaled: Grid = primaries * np.linalg.solve(primaries, white)
    return scaled
