"""The query for the newest revision of each label schema of a project."""

from foveal.database.client import Document


def newest_revisions(project: str, after: str = "") -> list[Document]:
    """Return the stages over `label_schemas` that yield the newest revision of each schema, by name, after a name."""
    return [
        {"$match": {"project": project, "name": {"$gt": after}}},
        {"$sort": {"project": 1, "name": 1, "revision": -1}},
        {"$group": {"_id": "$name", "newest": {"$first": "$$ROOT"}}},
        {"$sort": {"_id": 1}},
        {"$replaceRoot": {"newRoot": "$newest"}},
    ]
