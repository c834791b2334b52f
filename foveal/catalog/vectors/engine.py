"""What vector search is asked and answers, whichever engine does it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from foveal.catalog.vectors.embeddings import Space
from foveal.database.client import Document


@dataclass(frozen=True, slots=True)
class Neighbour:
    """What a vector is of, and the cosine of the angle between it and the one that was asked for."""

    asset_id: str
    annotation_id: str | None
    similarity: float


Stored = tuple[Document, list[float]]
"""An embedding as MongoDB holds it, and its vector."""

Accept = Callable[[list[Neighbour]], list[Neighbour]]
"""Returns those of some neighbours whose assets the caller's filter lets through."""


class Engine(Protocol):
    """Finds the nearest vectors of a space among those that `accept` lets through."""

    def nearest(self, project: str, space: Space, vector: list[float], limit: int, accept: Accept) -> list[Neighbour]:
        """Return at most `limit` neighbours, nearest first."""
        ...

    def store(self, embeddings: Sequence[Stored]) -> None:
        """Take in what MongoDB holds already, where the engine has an index of its own."""
        ...
