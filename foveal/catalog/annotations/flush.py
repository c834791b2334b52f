"""Writing what a worksheet holds, within its transaction: annotations, their history, the assets, the tally of labels.

The last two come last because writers meet there: the later one waits for as short a time as possible.
"""

from pymongo import DeleteOne, ReplaceOne, UpdateOne
from pymongo.client_session import ClientSession
from pymongo.database import Database

from foveal.catalog import label_counters
from foveal.catalog.annotations import label_summary
from foveal.catalog.annotations.unit_of_work import Worksheet
from foveal.database.client import Document
from foveal.events import pending_event


def store(work: Worksheet, database: Database[Document], session: ClientSession) -> None:
    """Write what was worked out. Raises PyMongoError, which ends the transaction."""
    new, changes = [], list[ReplaceOne[Document] | DeleteOne]()
    for annotation_id, annotation in work.now.items():
        before = work.before.get(annotation_id)
        if annotation is before:
            continue
        if before is None and annotation is not None:
            new.append(annotation)
        elif annotation is not None:
            changes.append(ReplaceOne({"_id": annotation_id}, annotation))
        else:
            changes.append(DeleteOne({"_id": annotation_id}))
    if new:
        database.annotations.insert_many(new, ordered=False, session=session)
    if changes:
        database.annotations.bulk_write(changes, ordered=False, session=session)
    if work.past:
        database.annotation_revisions.insert_many(work.past, ordered=False, session=session)
    if work.touched:
        assets = [
            {**work.assets[asset_id], "label_summary": summary_}
            for asset_id, summary_ in _summaries(work, database, session).items()
        ]
        database.assets.bulk_write([_asset_update(work, each) for each in assets], ordered=False, session=session)
        label_counters.add(database, work.project, assets, session)


def _summaries(
    work: Worksheet, database: Database[Document], session: ClientSession
) -> dict[str, list[label_summary.Entry]]:
    grown = {asset_id for asset_id, touched in work.touched.items() if touched.only_grew}
    summaries = {
        asset_id: label_summary.merge(work.assets[asset_id].get("label_summary", []), work.touched[asset_id].created)
        for asset_id in grown
    }
    if changed := sorted(set(work.touched) - grown):
        groups = [{"$match": {"asset_id": {"$in": changed}}}, *label_summary.GROUP]
        counted = label_summary.from_groups(database.annotations.aggregate(groups, session=session))
        summaries |= {asset_id: counted.get(asset_id, []) for asset_id in changed}
    return summaries


def _asset_update(work: Worksheet, asset: Document) -> UpdateOne:
    """Return the change to an asset that has its new summary already, and the old of everything else."""
    touched, author = work.touched[asset["_id"]], work.author
    revision = int(asset.get("annotation_revision", 0)) + 1
    told = {
        "asset_id": asset["_id"],
        "annotation_revision": revision,
        "fields": sorted(touched.layers),
        **{f"{kind}_count": count for kind, count in touched.counts.items()},
    }
    event = pending_event("AnnotationsChanged", work.project, (asset["_id"], str(revision)), author.at, told)
    values = {
        "label_summary": asset["label_summary"],
        "annotation_revision": revision,
        "updated_at": author.at,
        "counted": label_counters.mark(asset),
    }
    change: Document = {"$set": values, "$push": {"pending_events": event}}
    for layer, is_reviewed in touched.reviewed.items():
        change["$addToSet" if is_reviewed else "$pull"] = {
            **change.get("$addToSet" if is_reviewed else "$pull", {}),
            "reviewed_fields": layer,
        }
    return UpdateOne({"_id": asset["_id"]}, change)
