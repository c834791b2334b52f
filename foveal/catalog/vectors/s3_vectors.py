"""S3 Vectors as an engine: an index for assets and one for annotations of each number of dimensions.

The indexes `foveal-asset-{dimensions}` and `foveal-annotation-{dimensions}` (float32, cosine) are made by whoever makes
the vector bucket; project, model and version are filterable metadata of each vector. Keys are the ids of embeddings,
so that a vector written again replaces the one before.
"""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from foveal.aws import credentials, http
from foveal.aws.endpoints import service_endpoint
from foveal.aws.errors import error_of
from foveal.aws.sigv4 import Signer
from foveal.catalog.vectors.embeddings import Space
from foveal.catalog.vectors.engine import Accept, Neighbour, Stored


class S3Vectors:
    """Asks S3 Vectors. `send` takes an operation and its input and returns the output (`call`, but for tests)."""

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
        """Put vectors into the indexes, at most 500 in a call (S3 Vectors limits). Raises AwsError."""
        for kind in ("asset", "annotation"):
            chosen = [each for each in embeddings if bool(each[0].get("annotation_id")) is (kind == "annotation")]
            for start in range(0, len(chosen), self.MAX_PUT):
                self._send("PutVectors", self.put(kind, chosen[start : start + self.MAX_PUT]))

    def query(self, project: str, space: Space, vector: list[float]) -> dict[str, Any]:
        """Return the input of QueryVectors (S3 Vectors API reference); the index measures the cosine distance."""
        kind = "annotation" if space.of == "annotations" else "asset"
        return {
            "vectorBucketName": self._bucket,
            "indexName": f"foveal-{kind}-{len(vector)}",
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

    def put(self, kind: str, embeddings: Sequence[Stored]) -> dict[str, Any]:
        """Return the input of PutVectors; a key tells what the vector is of, and by which model."""
        return {
            "vectorBucketName": self._bucket,
            "indexName": f"foveal-{kind}-{len(embeddings[0][1])}",
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


def call(operation: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """Return the answer of one operation of S3 Vectors (REST with JSON, one path each). Raises AwsError."""
    region = credentials.region()
    endpoint = service_endpoint("s3vectors", region)
    if endpoint.host == f"s3vectors.{region}.amazonaws.com":
        endpoint = endpoint._replace(host=f"s3vectors.{region}.api.aws")
    payload = json.dumps(body).encode()
    digest = hashlib.sha256(payload).hexdigest()

    def sign() -> http.HttpRequest:
        signer = Signer(credentials.current(), region, "s3vectors")
        headers = {"Content-Type": "application/json"}
        at = datetime.now(UTC)
        signed = signer.sign("POST", endpoint, f"/{operation}", at=at, payload_sha256=digest, headers=headers)
        return http.HttpRequest("POST", f"{endpoint.base_path}/{operation}", signed, payload)

    answer = http.send_with_retries(operation, http.host(endpoint.scheme, endpoint.host), sign, _error_code)
    if answer.status != 200:
        raise error_of(operation, _error_code(answer), answer.status)
    told: dict[str, Any] = json.loads(answer.body or b"{}")
    return told


def _error_code(answer: http.HttpResponse) -> str:
    return "" if answer.status == 200 else answer.headers.get("x-amzn-errortype", "").partition(":")[0]
