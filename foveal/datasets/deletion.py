"""Deletion of a version: its pages, unless other versions have them too, its manifest, and then its document."""

from pymongo.database import Database

from foveal.database.client import Document, unhurried
from foveal.datasets.documents import VersionDocument, dataset_versions
from foveal.datasets.tree.page_store import Objects, PageStore
from foveal.objects.keys import dataset_manifest_key


def delete(database: Database[Document], objects: Objects, stored: VersionDocument) -> int:
    """Delete a version and return the number of deleted pages; its number is not given again.

    The mark `deleting` comes first, so that the version pins nothing and is taken over by none any more; a deletion
    that was interrupted is done by the next one. Raises AwsError, PyMongoError.
    """
    dataset_versions(database).update_one({"_id": stored["_id"]}, {"$set": {"state": "deleting"}})
    with unhurried():
        count = PageStore(database, objects, stored["project"]).delete(stored["_id"])
    objects.delete(dataset_manifest_key(stored["project"], stored["dataset"], stored["version"]))
    dataset_versions(database).delete_one({"_id": stored["_id"]})
    return count


def finish_deletions(database: Database[Document], objects: Objects, project: str, name: str) -> None:
    """Finish the deletions of versions of a data set that were interrupted."""
    query = {"project": project, "dataset": name, "state": "deleting"}
    for stored in list(dataset_versions(database).find(query)):
        delete(database, objects, stored)
