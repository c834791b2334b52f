"""Atlas Vector Search: `$vectorSearch` over the collection of embeddings.

It needs an index of type `vectorSearch` on `vector`, similarity cosine, with the filter fields `project`, `model`,
`version` and `of_annotation`. Similarity is a cosine, from -1 to 1.
"""

from collections.abc import Sequence
from typing import Final

from pymongo.database import Database

from foveal.catalog.vectors.embeddings import Space
from foveal.catalog.vectors.engine import Accept, Neighbour, Stored
from foveal.database.client import Document

_MILLISECONDS: Final = 10_000


class AtlasVectorSearch:
    """Engine that asks Atlas for more than the limit, since the caller's filter is applied to its results."""

    OVERSAMPLING: Final = 10

    def __init__(self, database: Database[Document], index: str) -> None:
        self._database, self._index = database, index

    def nearest(self, project: str, space: Space, vector: list[float], limit: int, accept: Accept) -> list[Neighbour]:
        stages = self.stages(project, space, vector, limit * self.OVERSAMPLING)
        found = [
            Neighbour(each["asset_id"], each.get("annotation_id"), 2 * each["score"] - 1)
            for each in self._database.embeddings.aggregate(stages, maxTimeMS=_MILLISECONDS)
        ]
        return accept(found)[:limit]

    def store(self, embeddings: Sequence[Stored]) -> None:
        """Do nothing: Atlas follows the collection."""

    def stages(self, project: str, space: Space, vector: list[float], count: int) -> list[Document]:
        """Return the pipeline ("Run Vector Search Queries", Atlas documentation); at most 10,000 candidates."""
        return [
            {
                "$vectorSearch": {
                    "index": self._index,
                    "path": "vector",
                    "queryVector": vector,
                    "numCandidates": min(count * 10, 10_000),
                    "limit": min(count, 10_000),
                    "filter": {
                        "project": project,
                        "model": space.model,
                        "version": space.version,
                        "of_annotation": space.of == "annotations",
                    },
                }
            },
            {"$project": {"asset_id": 1, "annotation_id": 1, "score": {"$meta": "vectorSearchScore"}}},
        ]
