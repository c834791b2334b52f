"""Writes the pending writes of an edit within its transaction: annotations, their history, assets, label counters.

The last two come last because writers meet there: the later one waits for as short a time as possible.
"""

from pymongo import DeleteOne, ReplaceOne, UpdateOne
from pymongo.client_session import ClientSession
from pymongo.database import Database

from foveal.catalog import label_counters
from foveal.catalog.annotations import label_summary
from foveal.catalog.annotations.editing.pending_writes import PendingWrites
from foveal.database import typed
from foveal.database.catalog_documents import AnnotationDocument, AssetDocument
from foveal.database.client import Document
from foveal.database.documents import LabelSummaryEntry
from foveal.events.outbox import pending_event


def flush(
    pending: PendingWrites, database: Database[Document], session: ClientSession, *, asset_events: bool = True
) -> None:
    """Write what is pending, with an event for each asset or none. Raises PyMongoError, which ends the transaction."""
    if inserted := pending.inserted():
        typed.annotations(database).insert_many(inserted, ordered=False, session=session)
    changes: list[ReplaceOne[AnnotationDocument] | DeleteOne] = [
        *(ReplaceOne({"_id": each["_id"]}, each) for each in pending.replaced()),
        *(DeleteOne({"_id": annotation_id}) for annotation_id in pending.deleted()),
    ]
    if changes:
        typed.annotations(database).bulk_write(changes, ordered=False, session=session)
    if pending.history:
        typed.annotation_revisions(database).insert_many(pending.history.values(), ordered=False, session=session)
    if pending.changes:
        assets: list[AssetDocument] = [
            {**pending.assets[asset_id], "label_summary": summary}
            for asset_id, summary in _summaries(pending, database, session).items()
        ]
        database.assets.bulk_write(
            [_asset_update(pending, each, asset_events) for each in assets], ordered=False, session=session
        )
        label_counters.add(database, pending.project, assets, session)


def _summaries(
    pending: PendingWrites, database: Database[Document], session: ClientSession
) -> dict[str, list[LabelSummaryEntry]]:
    grown = {asset_id for asset_id, changes in pending.changes.items() if changes.only_grew}
    summaries = {
        asset_id: label_summary.merge(
            pending.assets[asset_id].get("label_summary", []), pending.changes[asset_id].created
        )
        for asset_id in grown
    }
    if changed := sorted(set(pending.changes) - grown):
        groups = [{"$match": {"asset_id": {"$in": changed}}}, *label_summary.GROUP]
        counted = label_summary.from_groups(database.annotations.aggregate(groups, session=session))
        summaries |= {asset_id: counted.get(asset_id, []) for asset_id in changed}
    return summaries


def _asset_update(pending: PendingWrites, asset: AssetDocument, asset_events: bool) -> UpdateOne:
    """Return the change to an asset that has its new summary already, and the old of everything else."""
    changes, author = pending.changes[asset["_id"]], pending.author
    revision = pending.next_revision(asset["_id"])
    values = {
        "label_summary": asset["label_summary"],
        "annotation_revision": revision,
        "updated_at": author.at,
        "counted": label_counters.mark(asset),
    }
    change: dict[str, Document] = {"$set": values}
    if asset_events:
        detail = {
            "asset_id": asset["_id"],
            "annotation_revision": revision,
            "fields": sorted(changes.layers),
            **{f"{kind}_count": count for kind, count in changes.counts.items()},
        }
        event = pending_event("AnnotationsChanged", pending.project, (asset["_id"], str(revision)), author.at, detail)
        change["$push"] = {"pending_events": event}
    if changes.reviewed is not None:
        _add_review(change, *changes.reviewed, author.import_id)
    return UpdateOne({"_id": asset["_id"]}, change)


def _add_review(change: dict[str, Document], layer: str, is_reviewed: bool, import_id: str | None) -> None:
    """Add to the change of an asset that a layer is stated as reviewed or not, by an import or somebody else."""
    change["$addToSet" if is_reviewed else "$pull"] = {"reviewed_fields": layer}
    if is_reviewed and import_id is not None:
        mark = {"field": layer, "import_id": import_id}
        change["$push"] = {**change.get("$push", {}), "imported_reviews": mark}
    else:
        change["$pull"] = {**change.get("$pull", {}), "imported_reviews": {"field": layer}}
