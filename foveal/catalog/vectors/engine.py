"""Interface of the engines of vector search."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from foveal.catalog.vectors.embeddings import Space
from foveal.database.client import Document


@dataclass(frozen=True, slots=True)
class Neighbour:
    """The asset or annotation of a stored vector, and its cosine similarity to the query vector."""

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
        """Add embeddings that MongoDB holds already to the index of the engine, if it has one of its own."""
        ...
