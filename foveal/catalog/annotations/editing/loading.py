"""Reads of an edit: the documents that its operations refer to, as its transaction sees them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final, cast

import bson
from pymongo.client_session import ClientSession
from pymongo.collection import Collection
from pymongo.database import Database

from foveal.catalog.annotations import history, ids
from foveal.catalog.annotations.editing.changes import TooLargeTogetherError
from foveal.catalog.annotations.operations import Create, Operation, Restore
from foveal.database import typed
from foveal.database.catalog_documents import AnnotationDocument, AssetDocument, RevisionDocument
from foveal.database.client import Document
from foveal.database.stored_documents import StoredDocument

_ASSET_FIELDS: Final = dict.fromkeys(
    (
        *("project", "status", "media_type", "width", "height", "stored_width", "stored_height", "frame_count"),
        *("orientation", "rotation", "is_mirrored", "clean_aperture"),
        *("label_summary", "annotation_revision", "counted", "reviewed_fields"),
    ),
    1,
)


@dataclass(frozen=True, slots=True)
class WorkingCopy:
    """Loaded assets, annotations and entries of the history by `_id`, as they are after the operations so far.

    `stored_ids` are the `_id`s of annotations by the name that callers give them, `last_revisions` the numbers of the
    last revisions of deleted annotations by `_id`.
    """

    assets: dict[str, AssetDocument]
    annotations: dict[str, AnnotationDocument]
    history: dict[str, RevisionDocument] = field(default_factory=dict)
    stored_ids: dict[str, str] = field(default_factory=dict)
    last_revisions: dict[str, int] = field(default_factory=dict)


def load(
    database: Database[Document],
    session: ClientSession,
    project: str,
    operations: Sequence[Operation],
    max_bytes: float,
) -> WorkingCopy:
    """Return the documents of one project that operations refer to.

    Raises TooLargeTogetherError when annotations and entries of the history have more than `max_bytes` as BSON.
    """
    reader = _Reader(project, session, max_bytes)
    names = {each.annotation_id for each in operations if each.annotation_id is not None}
    candidates = [each for name in sorted(names) for each in ids.candidates(name, [project])]
    annotations = reader.by_id(typed.annotations(database), candidates)
    deleted = set(candidates) - annotations.keys()
    last_revisions = history.last_revisions(database, deleted, project, session) if names else {}
    entry_ids = [name for each in operations if isinstance(each, Restore) for name in restored_entry_ids(each, project)]
    entries = reader.by_id(typed.annotation_revisions(database), entry_ids)
    states = [*annotations.values(), *(entry["state"] for entry in entries.values() if "state" in entry)]
    asset_ids = {each.asset_id for each in operations if isinstance(each, Create)}
    return WorkingCopy(
        assets=_assets(database, session, project, asset_ids | {state["asset_id"] for state in states}),
        annotations=annotations,
        history=entries,
        stored_ids={name: ids.named(name, project) for name in names}
        | {ids.public(stored_id): stored_id for stored_id in (*last_revisions, *annotations)},
        last_revisions=last_revisions,
    )


def load_layer(
    database: Database[Document], session: ClientSession, project: str, asset_id: str, layer: str
) -> WorkingCopy:
    """Return an asset and the annotations of one of its layers."""
    found = typed.annotations(database).find({"asset_id": asset_id, "field": layer}, session=session)
    return WorkingCopy(
        assets=_assets(database, session, project, {asset_id}), annotations={each["_id"]: each for each in found}
    )


def restored_entry_ids(operation: Restore, project: str) -> list[str]:
    """Return every `_id` that the entry of the history may have to which a restoration goes back."""
    candidates = ids.candidates(operation.annotation_id, [project])
    return [history.entry_id(stored_id, operation.restored_revision) for stored_id in candidates]


class _Reader:
    """Reads documents of one project by `_id`, of up to so many bytes all together."""

    def __init__(self, project: str, session: ClientSession, max_bytes: float) -> None:
        self._project, self._session, self._bytes_left = project, session, max_bytes

    def by_id(self, collection: Collection[StoredDocument], stored_ids: Sequence[str]) -> dict[str, StoredDocument]:
        """Return the documents by `_id`. Raises TooLargeTogetherError."""
        if not stored_ids:
            return {}
        named = {"_id": {"$in": stored_ids}, "project": self._project}
        found: dict[str, StoredDocument] = {}
        for raw in collection.find_raw_batches(named, session=self._session):
            batch = cast("bytes", raw)  # typed as a document by PyMongo
            self._bytes_left -= len(batch)
            if self._bytes_left < 0:
                raise TooLargeTogetherError
            found.update((each["_id"], each) for each in bson.decode_all(batch, collection.codec_options))
        return found


def _assets(
    database: Database[Document], session: ClientSession, project: str, asset_ids: Iterable[str]
) -> dict[str, AssetDocument]:
    named = {"_id": {"$in": sorted(asset_ids)}, "project": project}
    return {each["_id"]: each for each in typed.assets(database).find(named, _ASSET_FIELDS, session=session)}
