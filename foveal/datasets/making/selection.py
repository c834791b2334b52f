"""Selection of members: assets by a filter or by ids in the order of their ids, and their annotations at one moment."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from typing import Any, Final, cast

import bson
from pymongo.database import Database

from foveal.catalog.annotations.ids import public as public_id
from foveal.catalog.search.compiler import compile_filter
from foveal.catalog.search.filters import FILTER
from foveal.database.client import Document
from foveal.database.snapshot import Snapshot
from foveal.datasets.documents import SelectionDocument
from foveal.datasets.making.building import Item
from foveal.datasets.making.splits import Candidate
from foveal.datasets.tree.canonical import UNHASHED, annotation_hash
from foveal.datasets.tree.members import AnnotationRef, Asset, Line, PinnedObject, checksum_of, line_of
from foveal.jobs.overlap import ahead

_BATCH: Final = 5_000
PINNED: Final = {"file_name": 1, "checksums": 1, "s3": 1, "size_bytes": 1, "annotation_revision": 1}
IS_PINNABLE: Final = {"status": "ready", "deletion": None}
"""A deleted asset is not pinned, also before the event of its deletion has arrived."""
_UNREAD: Final = dict.fromkeys(sorted(UNHASHED - {"_id", "asset_id", "revision"}), 0)


def matching(project: str, selection: SelectionDocument) -> list[Document]:
    """Return the stages of an aggregation that finds the assets of a selection."""
    if ids := selection.get("asset_ids"):
        return [{"$match": {"_id": {"$in": ids}, "project": project, **IS_PINNABLE}}]
    text = selection.get("filter")
    compiled = compile_filter(project, FILTER.validate_python(json.loads(text)) if text else None)
    return [{"$match": compiled.match}, *compiled.stages, {"$match": IS_PINNABLE}]


def count(database: Database[Document], project: str, selection: SelectionDocument, at_most: int) -> int:
    """Return the number of assets of a selection, counted up to a limit."""
    stages = [*matching(project, selection), {"$limit": at_most}, {"$count": "count"}]
    return next((int(each["count"]) for each in database.assets.aggregate(stages)), 0)


def missing(database: Database[Document], project: str, ids: Sequence[str]) -> list[str]:
    """Return the ids that are not those of assets that can be pinned."""
    query = {"_id": {"$in": list(ids)}, "project": project, **IS_PINNABLE}
    found = {each["_id"] for each in database.assets.find(query, {"_id": 1})}
    return sorted(set(ids) - found)


def assets(
    database: Database[Document], project: str, selection: SelectionDocument, group_by: str | None
) -> Iterator[tuple[Asset, str | None]]:
    """Yield the assets by id, each with its group.

    The server sorts them, on disk where they are many; those of most of the collection it reads in that order.
    """
    matched, order = matching(project, selection), {"$sort": {"_id": 1}}
    fields = {"$project": {**PINNED, **_group_field(group_by)}}
    if selection.keys() & {"asset_ids", "filter"} or not _is_most(database, project):
        batches = database.assets.aggregate_raw_batches([*matched, fields, order], allowDiskUse=True, batchSize=_BATCH)
    else:
        batches = database.assets.aggregate_raw_batches([*matched, order, fields], hint="_id_", batchSize=_BATCH)
    with closing(ahead(iter(batches))) as found:
        for batch in found:
            for stored in bson.decode_all(cast("bytes", batch)):
                yield asset_of(stored), group_of(stored, group_by)


def _is_most(database: Database[Document], project: str) -> bool:
    """Tell whether a project has half of the ready assets and more."""
    ready = database.assets.count_documents({"project": project, "status": "ready"}, hint="foveal_created")
    return 2 * ready > database.assets.estimated_document_count()


def candidates(
    database: Database[Document], project: str, selection: SelectionDocument, group_by: str, *, with_labels: bool
) -> Iterator[Candidate]:
    """Yield what the assignment of splits needs to know of each asset, in any order."""
    fields = {"checksums": 1, "s3.etag": 1, **_group_field(group_by)}
    if with_labels:
        fields |= {"label_summary.label": 1}
    stages = [*matching(project, selection), {"$project": fields}]
    for stored in database.assets.aggregate(stages, batchSize=5_000):
        labels = {each.get("label") for each in stored.get("label_summary", [])} - {None}
        checksum = checksum_of(stored.get("checksums"), (stored.get("s3") or {}).get("etag"))
        yield Candidate(stored["_id"], group_of(stored, group_by), checksum, sorted(labels))


def read_lines(database: Database[Document], items: Sequence[Item]) -> dict[str, Line]:
    """Return the lines of assets by id, all read at one moment; those that cannot be pinned any more are left out."""
    splits = {item.asset_id: item.split for item in items}
    ids = list(splits)
    with Snapshot.of(database) as snapshot:
        wanted: list[Document] = [{"$match": {"_id": {"$in": ids}, **IS_PINNABLE}}, {"$project": PINNED}]
        found = {each["_id"]: asset_of(each) for each in snapshot.aggregate("assets", wanted)}
        of_assets: dict[str, list[tuple[AnnotationRef, str | None]]] = {asset_id: [] for asset_id in found}
        wanted = [{"$match": {"asset_id": {"$in": list(found)}}}, {"$project": _UNREAD}]
        for stored in snapshot.aggregate("annotations", wanted):
            of_assets[stored["asset_id"]].append((ref_of(stored), stored.get("label")))
    return {each: line_of(asset, splits[each], of_assets[each]) for each, asset in found.items()}


def ref_of(annotation: Mapping[str, Any]) -> AnnotationRef:
    """Return the pin of a stored annotation."""
    return AnnotationRef(public_id(annotation["_id"]), int(annotation["revision"]), annotation_hash(annotation))


def asset_of(stored: Mapping[str, Any]) -> Asset:
    """Return a stored asset as it is pinned."""
    s3 = stored.get("s3") or {}
    place = PinnedObject(str(s3.get("key", "")), s3.get("version_id"), int(stored.get("size_bytes") or 0))
    return Asset(
        stored["_id"],
        str(stored.get("file_name") or ""),
        checksum_of(stored.get("checksums"), s3.get("etag")),
        place,
        int(stored.get("annotation_revision") or 0),
    )


def group_of(stored: Mapping[str, Any], group_by: str | None) -> str | None:
    """Return the group of a stored asset; None for one that stands alone."""
    kind, _, name = (group_by or "asset").partition(":")
    if kind == "attribute":
        value = (stored.get("attributes") or {}).get(name)
        return None if value is None else json.dumps(value, ensure_ascii=False, sort_keys=True)
    if kind == "tag":
        return min((tag for tag in stored.get("tags", []) if tag.startswith(name)), default=None)
    return None


def _group_field(group_by: str | None) -> dict[str, int]:
    kind, _, name = (group_by or "asset").partition(":")
    return {"attribute": {f"attributes.{name}": 1}, "tag": {"tags": 1}}.get(kind, {})
