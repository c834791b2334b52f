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
