"""Annotating through the handler: the routes, a box, and the invariant that every test of writes checks."""

from typing import Any

from pymongo.database import Database

from foveal.catalog import label_counters
from foveal.catalog.annotations import label_summary
from foveal.database.client import Document
from tests.integration.catalog.conftest import PROJECT, Answer, Client

CREATE = "POST /v1/assets/{asset_id}/annotations"
LIST = "GET /v1/assets/{asset_id}/annotations"
REPLACE = "PUT /v1/assets/{asset_id}/fields/{field}/annotations"
GET = "GET /v1/annotations/{annotation_id}"
PATCH = "PATCH /v1/annotations/{annotation_id}"
DELETE = "DELETE /v1/annotations/{annotation_id}"
REVISIONS = "GET /v1/annotations/{annotation_id}/revisions"
RESTORE = "POST /v1/annotations/{annotation_id}/restore"
MAP = "GET /v1/annotations/{annotation_id}/map"
MASK = "GET /v1/annotations/{annotation_id}/mask"
BULK = "POST /v1/projects/{project}/annotations/bulk"
BOX = {"type": "detection", "field": "ground_truth", "label": "car", "bbox": [0.1, 0.2, 0.3, 0.4]}


def create(client: Client, asset: Document, annotation: Any, **more: Any) -> Answer:
    return client.call(CREATE, {"asset_id": asset["_id"]}, {"annotation": annotation, **more})


def created(client: Client, asset: Document, annotation: Any = BOX, **more: Any) -> Any:
    answer = create(client, asset, annotation, **more)
    assert answer.status == 201, answer.text
    return answer.body


def on(annotation: Any, revision: int | None = None) -> dict[str, Any]:
    headers = {"if-match": f'"{annotation["revision"] if revision is None else revision}"'}
    return {"path": {"annotation_id": annotation["annotation_id"]}, "headers": headers}


def assert_true_to_annotations(database: Database[Document]) -> None:
    """The invariant: every summary is that of the annotations, and every change counted once."""
    for asset in database.assets.find():
        annotations = list(database.annotations.find({"asset_id": asset["_id"]}))
        assert asset["label_summary"] == label_summary.summarise(annotations)
        told = [event["detail"]["annotation_revision"] for event in asset.get("pending_events", [])]
        assert told == list(range(1, asset["annotation_revision"] + 1))


def tallied(database: Database[Document]) -> label_counters.Totals:
    """Return the label counters."""
    while True:
        try:
            with database.client.start_session(snapshot=True) as session:
                return label_counters.labels(database, PROJECT, session).totals
        except label_counters.CountersStale:
            label_counters.count_in(database, PROJECT)


def label_totals(database: Database[Document]) -> label_counters.Totals:
    """Return the label counts that the counters must have, counted by hand."""
    totals: dict[str | None, list[int]] = {}
    for asset in database.assets.find({"project": PROJECT, "status": "ready"}):
        labels = [each["label"] for each in database.annotations.find({"asset_id": asset["_id"]}) if each.get("label")]
        total = totals.setdefault(None, [0, 0])
        total[0], total[1] = total[0] + 1, total[1] + 1
        for label in set(labels):
            counts = totals.setdefault(label, [0, 0])
            counts[0], counts[1] = counts[0] + labels.count(label), counts[1] + 1
    return {label: (annotations, assets) for label, (annotations, assets) in totals.items()}
