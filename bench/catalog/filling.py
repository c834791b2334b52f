"""A large catalog in minutes: copies of documents that the catalog itself has written, with other values.

What adding costs is measured with the catalog's own code; here only the questions afterwards are of interest.
"""

import itertools
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from pymongo import UpdateOne
from pymongo.database import Database

from foveal.catalog.annotations import label_summary
from foveal.database.client import unhurried
from foveal.encoding.ids import new_id

Document = dict[str, Any]


def fill(database: Database[Document], wanted: Iterator[Document], asset_of: Callable[[Document], Document]) -> None:
    """Insert samples as they are after they were added and counted into the tally; some must be there already."""
    annotation, like = database.annotations.find_one(), database.assets.find_one({"annotation_revision": 1})
    assert annotation is not None
    assert like is not None

    def insert(assets: list[Document], annotations: list[Document]) -> None:
        with unhurried():
            database.assets.insert_many(assets, ordered=False)
            database.annotations.insert_many(annotations, ordered=False)

    annotated: Counter[str | None] = Counter()
    shown: Counter[str | None] = Counter()
    with ThreadPoolExecutor(1) as pool:
        under_way = pool.submit(lambda: None)
        while some := list(itertools.islice(wanted, 2_000)):
            assets: list[Document] = []
            annotations: list[Document] = []
            for sample in some:
                asset = asset_of(sample)
                own = [_annotation(annotation, asset["_id"], each) for each in sample["detections"]]
                labels = Counter(each["label"] for each in own)
                assets.append(_asset(like, asset, own, labels))
                annotations += own
                annotated.update(labels)
                shown.update(labels.keys())
                annotated[None] += 1
                shown[None] += 1
            under_way.result()
            under_way = pool.submit(insert, assets, annotations)
        under_way.result()
    project = like["project"]
    database.label_tally.bulk_write(
        [
            UpdateOne(
                {"project": project, "label": name}, {"$inc": {"annotations": annotated[name], "assets": shown[name]}}
            )
            for name in annotated
        ]
    )


def _annotation(like: Document, asset_id: str, detection: Document) -> Document:
    box = detection["box"]
    place = {"bbox": box, "bbox_area": box[2] * box[3]}
    said = {"label": detection["label"], "confidence": detection["confidence"]}
    return {**like, "_id": new_id(), "asset_id": asset_id, **said, **place}


def _asset(like: Document, asset: Document, annotations: list[Document], labels: Counter[str]) -> Document:
    marks = [{"label": None, "annotations": 1}, *({"label": name, "annotations": n} for name, n in labels.items())]
    made = {**asset, "counted": {"status": "ready", "labels": marks}}
    if not annotations:
        return made
    (event,) = like["pending_events"]
    made["label_summary"] = label_summary.summarise(annotations)
    made |= {name: like[name] for name in ("annotation_revision", "updated_at")}
    detail = {**event["detail"], "asset_id": asset["_id"], "created_count": len(annotations)}
    event_id = str(uuid.uuid4())
    made["pending_events"] = [{**event, "event_id": event_id, "detail": {**detail, "event_id": event_id}}]
    return made
