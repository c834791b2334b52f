"""The questions that are put to Atlas and to S3 Vectors, against what each documents."""

from collections.abc import Mapping
from typing import Any

import botocore.session
import pytest
from botocore.validate import ParamValidator

from foveal.aws import rest_json
from foveal.catalog.vectors import s3_vectors
from foveal.catalog.vectors.atlas import AtlasVectorSearch
from foveal.catalog.vectors.configured import configured_engine
from foveal.catalog.vectors.embeddings import Space
from foveal.catalog.vectors.engine import Neighbour
from foveal.catalog.vectors.exact import ExactSearch
from foveal.catalog.vectors.s3_vectors import S3Vectors
from foveal.encoding.ids import new_id
from foveal.http.protocol import HttpResponse

ASSET, OTHER, ANNOTATION = new_id(), new_id(), new_id()
SPACE = Space(model="clip", version="2")
BOXES = Space(model="clip", version="2", of="annotations")


def stored(annotation_id: str | None = None) -> dict[str, Any]:
    what = annotation_id or ASSET
    names = {"project": "harbour", "asset_id": ASSET, "annotation_id": annotation_id, "model": "clip", "version": "2"}
    return {"_id": f"{what}/clip/2", **names}


def check_input(operation: str, body: Mapping[str, Any]) -> None:
    """Raise AssertionError unless the AWS service model takes the input."""
    model = botocore.session.get_session().get_service_model("s3vectors")
    shape: Any = model.operation_model(operation).input_shape
    assert not ParamValidator().validate(body, shape).has_errors()


class Recorded:
    def __init__(self, answer: Any) -> None:
        self.answer, self.calls = answer, list[tuple[str, Any]]()

    def __call__(self, operation: str, body: Mapping[str, Any]) -> Any:
        check_input(operation, body)
        self.calls.append((operation, body))
        return self.answer


def test_s3_vectors_is_asked_within_project_and_model() -> None:
    vectors = [
        {"key": "a", "distance": 0.25, "metadata": {"asset_id": ASSET}},
        {"key": "b", "distance": 0.5, "metadata": {"asset_id": OTHER, "annotation_id": ANNOTATION}},
    ]
    send = Recorded({"vectors": vectors})
    found = S3Vectors("bucket", send).nearest("harbour", SPACE, [1.0, 0.0], 5, lambda candidates: candidates)
    assert found == [Neighbour(ASSET, None, 0.75), Neighbour(OTHER, ANNOTATION, 0.5)]
    ((operation, body),) = send.calls
    assert (operation, body["indexName"], body["topK"]) == ("QueryVectors", "foveal-asset-2", 100)
    assert {"project": {"$eq": "harbour"}} in body["filter"]["$and"]


def test_s3_vectors_takes_vectors_in_calls_of_500() -> None:
    send = Recorded({})
    embeddings = [(stored(), [1.0, 0.0])] * 501 + [(stored(ANNOTATION), [1.0, 0.0])]
    S3Vectors("bucket", send).store(embeddings)
    assert [(body["indexName"], len(body["vectors"])) for _, body in send.calls] == [
        ("foveal-asset-2", 500),
        ("foveal-asset-2", 1),
        ("foveal-annotation-2", 1),
    ]
    assert send.calls[2][1]["vectors"][0]["metadata"]["annotation_id"] == ANNOTATION


def test_s3_vectors_takes_vectors_of_one_length_in_a_call() -> None:
    """Vectors of several models may come in one request, and each number of dimensions has an index of its own."""
    send = Recorded({})
    S3Vectors("bucket", send).store([(stored(), [1.0, 0.0]), (stored(), [1.0, 0.0, 0.0]), (stored(), [0.0, 1.0])])
    calls = [(body["indexName"], [each["data"]["float32"] for each in body["vectors"]]) for _, body in send.calls]
    assert calls == [("foveal-asset-2", [[1.0, 0.0], [0.0, 1.0]]), ("foveal-asset-3", [[1.0, 0.0, 0.0]])]


def test_neighbours_are_those_that_pass_the_callers_filter() -> None:
    send = Recorded({"vectors": [{"key": "a", "distance": 0.1, "metadata": {"asset_id": ASSET}}]})
    assert S3Vectors("bucket", send).nearest("harbour", SPACE, [1.0], 5, lambda _: []) == []


def test_s3_vectors_call_is_a_post_to_the_path_of_its_operation(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[tuple[Any, ...]] = []

    def call(*arguments: Any) -> HttpResponse:
        calls.append(arguments)
        return HttpResponse(200, {}, b'{"vectors": []}')

    monkeypatch.setattr(rest_json, "call", call)
    assert s3_vectors.call("QueryVectors", {"topK": 1}) == {"vectors": []}
    assert calls == [("s3vectors", "QueryVectors", "/QueryVectors", {"topK": 1})]


class Database:
    """Stands for MongoDB at Atlas: it records the pipeline and gives documents."""

    def __init__(self, found: list[Any]) -> None:
        self.embeddings, self.found, self.stages = self, found, list[Any]()

    def aggregate(self, stages: list[Any], **_options: Any) -> list[Any]:
        self.stages = stages
        return self.found


def test_atlas_is_asked_within_project_model_and_kind() -> None:
    database: Any = Database([{"asset_id": ASSET, "annotation_id": ANNOTATION, "score": 0.75}])
    engine = AtlasVectorSearch(database, "vectors")
    found = engine.nearest("harbour", BOXES, [1.0, 0.0], 5, lambda candidates: candidates)
    assert found == [Neighbour(ASSET, ANNOTATION, 0.5)]
    search = database.stages[0]["$vectorSearch"]
    assert set(search) == {"index", "path", "queryVector", "numCandidates", "limit", "filter"}
    assert search["limit"] <= search["numCandidates"] <= 10_000
    assert search["filter"] == {"project": "harbour", "model": "clip", "version": "2", "of_annotation": True}


def test_engine_is_the_configured_one() -> None:
    database: Any = Database([])
    assert isinstance(configured_engine(None, database), ExactSearch)
    assert isinstance(configured_engine("atlas:vectors", database), AtlasVectorSearch)
    assert isinstance(configured_engine("s3vectors:bucket", database), S3Vectors)
    for wrong in ("atlas", "atlas:", "faiss"):
        with pytest.raises(ValueError, match="VECTOR_ENGINE"):
            configured_engine(wrong, database)
