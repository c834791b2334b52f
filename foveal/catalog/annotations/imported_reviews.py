"""Marks of reviewed layers that imports have set: each is known on its asset until the import is undone.

A later statement that the layer is reviewed, or that it is not, replaces the mark of the import (`editing.flush`).
"""

from collections.abc import Sequence

from pymongo.database import Database

from foveal.catalog.author import Author
from foveal.database import typed
from foveal.database.client import Document
from foveal.events.outbox import pending_event


def take_back(
    database: Database[Document], project: str, import_id: str, asset_ids: Sequence[str], author: Author
) -> int:
    """Take the marks of an import from assets of a project; return how many assets had one."""
    assets, taken = typed.assets(database), 0
    marked = {"_id": {"$in": list(asset_ids)}, "project": project, "imported_reviews.import_id": import_id}
    while found := list(assets.find(marked, {"annotation_revision": 1, "imported_reviews": 1})):
        for asset in found:  # one that is changed meanwhile is found again
            layers = [each["field"] for each in asset["imported_reviews"] if each["import_id"] == import_id]
            known = asset["annotation_revision"]
            detail = {
                "asset_id": asset["_id"],
                "annotation_revision": known + 1,
                "fields": sorted(layers),
                **dict.fromkeys(("created_count", "updated_count", "deleted_count"), 0),
            }
            identity = (asset["_id"], str(known + 1))
            change: Document = {
                "$set": {"annotation_revision": known + 1, "updated_at": author.at},
                "$pull": {"reviewed_fields": {"$in": layers}, "imported_reviews": {"import_id": import_id}},
                "$push": {"pending_events": pending_event("AnnotationsChanged", project, identity, author.at, detail)},
            }
            taken += assets.update_one({"_id": asset["_id"], "annotation_revision": known}, change).modified_count
    return taken
