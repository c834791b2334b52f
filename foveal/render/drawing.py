"""The parameters of one drawing, without decoders, so that the function which orders it need not load them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from foveal.derivatives.recipes import Recipe


@dataclass(frozen=True, slots=True)
class Drawing:
    """A derivative to make: the asset's document, the recipe, the annotations on it and the project's labels."""

    asset: Mapping[str, Any]
    recipe: Recipe
    annotations: Sequence[Mapping[str, Any]] = ()
    labels: Sequence[Mapping[str, Any]] = field(default=())


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """ThumbHash of a picture, and its perceptual hash of 8 bytes; None for a picture without structure."""

    thumbhash: bytes
    perceptual_hash: bytes | None


@dataclass(frozen=True, slots=True)
class Made:
    """The file of a derivative, and the fingerprint of the asset where the derivative is its whole picture."""

    file: bytes
    fingerprint: Fingerprint | None = None
