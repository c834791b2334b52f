"""Pinned annotations as they were: the present state where it is the pinned revision, else that of the history.

What an edit or a deletion replaced lies in `annotation_revisions` (decision 41), so that any version can be rebuilt.
Each annotation is hashed again and compared with its pin.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from pymongo.database import Database

from foveal.catalog.annotations import ids as identity
from foveal.catalog.annotations.history import entry_id
from foveal.database.client import Document
from foveal.database.text_instants import answering
from foveal.datasets.tree.canonical import annotation_hash
from foveal.datasets.tree.members import AnnotationRef
from foveal.errors import Conflict

Pin = tuple[str, AnnotationRef]
"""An asset id and a pinned annotation of it."""


def annotations(database: Database[Document], project: str, pins: Iterable[Pin]) -> dict[tuple[str, int], Document]:
    """Return stored annotations by public id and revision; instants are text. Raises Conflict for one that is gone."""
    wanted = {(ref.id, ref.revision): (asset_id, ref) for asset_id, ref in pins}
    found = _present(database, project, wanted)
    found |= _past(database, project, wanted.keys() - found.keys())
    for key, (asset_id, ref) in wanted.items():
        stored = found.get(key)
        if stored is None or stored["asset_id"] != asset_id or annotation_hash(stored) != ref.hash:
            raise Conflict(f"Revision {ref.revision} of the annotation {ref.id} is not there as it was pinned.")
    return found


def _present(
    database: Database[Document], project: str, wanted: Mapping[tuple[str, int], Pin]
) -> dict[tuple[str, int], Document]:
    ids = [each for annotation_id, _ in wanted for each in identity.candidates(annotation_id, [project])]
    assets = {asset_id for asset_id, _ in wanted.values()}
    query = {"_id": {"$in": sorted(ids)}, "asset_id": {"$in": sorted(assets)}}
    stored = answering(database.annotations).find(query)
    by_key = {(identity.public(each["_id"]), int(each["revision"])): each for each in stored}
    return {key: by_key[key] for key in by_key.keys() & wanted.keys()}


def _past(database: Database[Document], project: str, keys: Iterable[tuple[str, int]]) -> dict[tuple[str, int], Any]:
    entries = [
        entry_id(stored_id, revision)
        for annotation_id, revision in keys
        for stored_id in identity.candidates(annotation_id, [project])
    ]
    query = {"_id": {"$in": sorted(entries)}, "project": project, "state": {"$exists": True}}
    stored = answering(database.annotation_revisions).find(query) if entries else ()
    return {(each["annotation_id"], int(each["revision"])): each["state"] for each in stored}
