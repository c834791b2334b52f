"""Migration of labels that earlier versions stored otherwise than in Unicode Normalization Form C.

Annotations, the label summaries and label counts of their assets, and label schemas are changed; the history of
annotations stays as it was written, and a restoration brings the label into this form.
"""

from collections.abc import Iterator
from functools import partial
from typing import Any, Final

from pymongo.client_session import ClientSession
from pymongo.database import Database

from foveal.catalog import label_counters
from foveal.catalog.annotations import label_summary
from foveal.database import typed
from foveal.database.client import Document
from foveal.database.migration import Step
from foveal.database.transactions import run_transaction
from foveal.database.vocabulary import ASSET_STATUSES
from foveal.validation.values import normalized

ANNOTATIONS_IN_TRANSACTION: Final = 5_000
_BEYOND_ASCII: Final = {"$regex": r"[^\x00-\x7f]"}
"""All of ASCII is in Normalization Form C (UAX 15, section 1.2)."""
_FIELDS: Final = {"project": 1, "status": 1, "label_summary": 1, "counted": 1}


def plan(database: Database[Document]) -> Iterator[Step]:
    """Yield a step for each label of a project, and each label schema, that is not in Normalization Form C.

    Every asset is read once, by the server.
    """
    named: Document = {"label_summary.label": _BEYOND_ASCII}
    stages: list[Document] = [
        {"$match": named},
        {"$unwind": "$label_summary"},
        {"$match": named},
        {"$group": {"_id": {"project": "$project", "label": "$label_summary.label"}}},
    ]
    found = [(each["_id"]["project"], each["_id"]["label"]) for each in database.assets.aggregate(stages)]
    for project, label in sorted(found):
        if normalized(label) != label:
            yield Step(
                f"bring the label {normalized(label)} of {project} into Normalization Form C",
                partial(_normalise_label, database, project, label),
            )
    for stored in database.label_schemas.find({"schema.labels.name": _BEYOND_ASCII}, {"schema.labels": 1}):
        labels = stored["schema"]["labels"]
        if (changed := _normalised_names(labels)) != labels:
            change = {"$set": {"schema.labels": changed}}
            yield Step(
                f"bring the labels of the schema {stored['_id']} into Normalization Form C",
                partial(database.label_schemas.update_one, {"_id": stored["_id"]}, change),
            )


def _normalise_label(database: Database[Document], project: str, label: str) -> None:
    named = {"project": project, "status": {"$in": list(ASSET_STATUSES)}, "label_summary.label": label}
    for asset in database.assets.find(named, {"_id": 1}):
        while run_transaction(database, partial(_normalise_some, database, asset["_id"], label)):
            pass


def _normalise_some(database: Database[Document], asset_id: str, label: str, session: ClientSession) -> bool:
    """Change annotations of one asset, and its summary and counts with them; tell whether some are left."""
    asset = typed.assets(database).find_one({"_id": asset_id}, _FIELDS, session=session)
    if asset is None:
        return False
    named = {"asset_id": asset_id, "label": label}
    found = database.annotations.find(named, {"_id": 1}, session=session).limit(ANNOTATIONS_IN_TRANSACTION + 1)
    ids = [each["_id"] for each in found]
    chosen = {"_id": {"$in": ids[:ANNOTATIONS_IN_TRANSACTION]}}
    database.annotations.update_many(chosen, {"$set": {"label": normalized(label)}}, session=session)
    groups = [{"$match": {"asset_id": asset_id}}, *label_summary.GROUP]
    counted = label_summary.from_groups(database.annotations.aggregate(groups, session=session))
    asset["label_summary"] = counted.get(asset_id, [])
    values = {"label_summary": asset["label_summary"], "counted": label_counters.mark(asset)}
    database.assets.update_one({"_id": asset_id}, {"$set": values}, session=session)
    label_counters.add(database, asset["project"], [asset], session)
    return len(ids) > ANNOTATIONS_IN_TRANSACTION


def _normalised_names(labels: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return labels of a schema by their names in Normalization Form C; of two with one name the first one stays."""
    by_name: dict[str, dict[str, Any]] = {}
    for label in labels:
        by_name.setdefault(normalized(label["name"]), label)
    return [{**label, "name": name} for name, label in by_name.items()]
