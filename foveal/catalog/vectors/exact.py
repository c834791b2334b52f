"""Exact vector search: compares with every vector of a space, in blocks of bounded memory.

Right for the local stack and small projects. Similarity is a cosine, from -1 to 1.
"""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from pymongo.database import Database

from foveal.catalog.vectors.embeddings import Space
from foveal.catalog.vectors.engine import Accept, Neighbour, Stored
from foveal.database.client import Document
from foveal.errors import QueryTooExpensive

BLOCK_BYTES: Final = 8 * 1024 * 1024
MAX_EXACT: Final = 200_000
MAX_ROWS: Final = 20_000
"""In a block: the ids of so many assets and annotations fit into one query."""
_VECTOR_HEADER_BYTES: Final = 2
"""BSON binary vectors begin with the element type and the padding (BSON specification, "BSON Binary Subtype 9")."""
_MILLISECONDS: Final = 10_000


class ExactSearch:
    """Engine that compares with every vector of the space."""

    def __init__(self, database: Database[Document]) -> None:
        self._database = database

    def nearest(self, project: str, space: Space, vector: list[float], limit: int, accept: Accept) -> list[Neighbour]:
        """As Engine. Calls `accept` only for candidates closer than the current k-th neighbour."""
        import numpy as np

        target = _of_length_1(np.asarray(vector, dtype=np.float32), np)
        best: list[Neighbour] = []
        for owners, matrix in blocks(self._database, project, space, len(vector)):
            similarity = matrix @ target
            bar = best[-1].similarity if len(best) == limit else -2.0
            nearer = np.flatnonzero(similarity > bar)
            candidates = [Neighbour(*owners[at], float(similarity[at])) for at in nearer]
            best = sorted([*best, *accept(candidates)], key=_order)[:limit]
        return best

    def store(self, embeddings: Sequence[Stored]) -> None:
        """Do nothing: the engine reads MongoDB."""


def blocks(
    database: Database[Document], project: str, space: Space, dimensions: int
) -> Iterator[tuple[list[tuple[str, str | None]], Any]]:
    """Yield the vectors of a space in blocks: their assets and annotations, and a matrix of rows of length 1.

    Raises QueryTooExpensive for a space that is too large to be read whole.
    """
    import numpy as np

    match = {"project": project, "model": space.model, "version": space.version, "dimensions": dimensions}
    match["annotation_id"] = None if space.of == "assets" else {"$ne": None}
    if database.embeddings.count_documents(match, limit=MAX_EXACT + 1) > MAX_EXACT:
        raise QueryTooExpensive(
            f"There are more than {MAX_EXACT} vectors; exact search stops there. Configure a vector engine."
        )
    rows = min(max(BLOCK_BYTES // (4 * dimensions), 1), MAX_ROWS)
    fields = {"asset_id": 1, "annotation_id": 1, "vector": 1}
    cursor = database.embeddings.find(match, fields, batch_size=rows).max_time_ms(_MILLISECONDS)
    block: list[Document] = []
    for stored in cursor:
        block.append(stored)
        if len(block) == rows:
            yield _matrix(block, np)
            block = []
    if block:
        yield _matrix(block, np)


def _matrix(block: list[Document], np: Any) -> tuple[list[tuple[str, str | None]], Any]:
    raw = b"".join(bytes(stored["vector"])[_VECTOR_HEADER_BYTES:] for stored in block)
    matrix = np.frombuffer(raw, dtype="<f4").reshape(len(block), -1)
    owners = [(stored["asset_id"], stored.get("annotation_id")) for stored in block]
    return owners, _of_length_1(matrix, np)


def _of_length_1(vectors: Any, np: Any) -> Any:
    """Return vectors of the same directions; divided by their largest component first, whose square may not fit."""
    scaled = vectors / np.abs(vectors).max(axis=-1, keepdims=True)
    return scaled / np.linalg.norm(scaled, axis=-1, keepdims=True)


def _order(neighbour: Neighbour) -> tuple[float, str, str]:
    return -neighbour.similarity, neighbour.asset_id, neighbour.annotation_id or ""
