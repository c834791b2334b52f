"""S3 Vectors as an engine: an index for assets and one for annotations of each number of dimensions.

The indexes `foveal-asset-{dimensions}` and `foveal-annotation-{dimensions}` (float32, cosine) are made by whoever makes
the vector bucket; project, model and version are filterable metadata of each vector. Keys are the ids of embeddings,
so that a vector written again replaces the one before.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from foveal.aws import rest_json
from foveal.catalog.vectors.embeddings import Space
from foveal.catalog.vectors.engine import Accept, Neighbour, Stored


class S3Vectors:
    """Engine that asks S3 Vectors; `send` takes an operation and its input and returns the output (see `call`)."""

    MAX_TOP_K: Final = 100
    MAX_PUT: Final = 500

    def __init__(self, bucket: str, send: Callable[[str, Mapping[str, Any]], Mapping[str, Any]]) -> None:
        self._bucket, self._send = bucket, send

    def nearest(self, project: str, space: Space, vector: list[float], limit: int, accept: Accept) -> list[Neighbour]:
        answer = self._send("QueryVectors", self.query(project, space, vector))
        found = []
        for each in answer["vectors"]:
            of = each["metadata"]
            found.append(Neighbour(of["asset_id"], of.get("annotation_id"), 1 - each["distance"]))
        return accept(found)[:limit]

    def store(self, embeddings: Sequence[Stored]) -> None:
        """Put vectors into their indexes, at most 500 in a call (S3 Vectors limits). Raises AwsError."""
        by_index: defaultdict[str, list[Stored]] = defaultdict(list)
        for stored, vector in embeddings:
            by_index[_index(bool(stored.get("annotation_id")), len(vector))].append((stored, vector))
        for index, chosen in by_index.items():
            for start in range(0, len(chosen), self.MAX_PUT):
                self._send("PutVectors", self.put(index, chosen[start : start + self.MAX_PUT]))

    def query(self, project: str, space: Space, vector: list[float]) -> dict[str, Any]:
        """Return the input of QueryVectors (S3 Vectors API reference); the index measures the cosine distance."""
        return {
            "vectorBucketName": self._bucket,
            "indexName": _index(space.of == "annotations", len(vector)),
            "topK": self.MAX_TOP_K,
            "queryVector": {"float32": vector},
            "filter": {
                "$and": [
                    {"project": {"$eq": project}},
                    {"model": {"$eq": space.model}},
                    {"version": {"$eq": space.version}},
                ]
            },
            "returnDistance": True,
            "returnMetadata": True,
        }

    def put(self, index: str, embeddings: Sequence[Stored]) -> dict[str, Any]:
        """Return the input of PutVectors; a key tells what the vector is of, and by which model."""
        return {
            "vectorBucketName": self._bucket,
            "indexName": index,
            "vectors": [
                {
                    "key": stored["_id"],
                    "data": {"float32": vector},
                    "metadata": {
                        name: stored[name]
                        for name in ("project", "model", "version", "asset_id", "annotation_id")
                        if stored.get(name)
                    },
                }
                for stored, vector in embeddings
            ],
        }


def _index(is_of_annotation: bool, dimensions: int) -> str:
    return f"foveal-{'annotation' if is_of_annotation else 'asset'}-{dimensions}"


def call(operation: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """Return the output of one operation of S3 Vectors. Raises AwsError."""
    response = rest_json.call("s3vectors", operation, f"/{operation}", body)
    output: dict[str, Any] = json.loads(response.body or b"{}")
    return output
