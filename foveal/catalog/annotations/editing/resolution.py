"""Resolution of operations into the changes that they ask for, against the working copy; nothing is changed here."""

from collections import Counter
from collections.abc import Sequence
from typing import Final, Literal

from foveal.catalog.annotations import history, ids
from foveal.catalog.annotations.editing.changes import Draft, Refusal, Removal, Resolved
from foveal.catalog.annotations.editing.loading import WorkingCopy
from foveal.catalog.annotations.editing.reviews import unsigned
from foveal.catalog.annotations.extra import with_extra
from foveal.catalog.annotations.models import DISPLAY_MARK, GEOMETRY, RELATIVE, WRITABLE
from foveal.catalog.annotations.operations import Create, Delete, Operation, Restore, Update
from foveal.catalog.assets import no_such_annotation, no_such_asset
from foveal.database.catalog_documents import AnnotationDocument, AssetDocument
from foveal.database.client import Document
from foveal.encoding.ids import new_id
from foveal.errors import AssetNotReady, InvalidRequest, NoSuchAnnotation, PreconditionFailed
from foveal.validation.merge_patch import merged
from foveal.validation.values import normalized

_PLACING: Final = GEOMETRY | {"type", "rotation", "rotation_origin"}
"""Fields whose change has the geometry checked and completed anew."""
_STATE: Final = WRITABLE | {"bbox_area", DISPLAY_MARK[0]}


def resolve(operation: Operation, copy: WorkingCopy) -> Resolved:
    """Return the change that an operation asks for; a Refusal when the annotation is at another revision.

    Raises NoSuchAsset, AssetNotReady, NoSuchAnnotation, InvalidRequest; PreconditionFailed for a deleted annotation
    whose last revision is another one.
    """
    match operation:
        case Create():
            return _creation(operation, copy)
        case Update():
            return _update(operation, copy)
        case Delete():
            present = _present(operation.annotation_id, copy)
            return Removal(present) if present["revision"] == operation.revision else Refusal(present, None)
        case Restore():
            return _restoration(operation, copy)


def resolve_layer(
    asset_id: str, layer: str, drafts: Sequence[Create], known_revision: int | None, copy: WorkingCopy
) -> tuple[list[Removal], list[Draft]]:
    """Return the changes that make drafts all that a layer of an asset has.

    Raises NoSuchAsset, AssetNotReady; PreconditionFailed when the asset's annotations are not at `known_revision`;
    InvalidRequest for an id that the layer does not have, or that comes twice.
    """
    asset = _ready_asset(asset_id, copy)
    revision = int(asset.get("annotation_revision", 0))
    if known_revision not in (None, revision):
        raise PreconditionFailed(
            "The annotations of this asset have changed in the meantime.", current={"annotation_revision": revision}
        )
    by_name = {ids.public(each["_id"]): each for each in copy.annotations.values()}
    names = [each.annotation_id for each in drafts if each.annotation_id is not None]
    for name, count in Counter(names).items():
        if name not in by_name:
            raise InvalidRequest(f"{name} is not an annotation of {layer}; leave the id out.")
        if count > 1:
            raise InvalidRequest(f"{name} comes twice.")
    replaced = []
    for each in drafts:
        present = by_name.pop(each.annotation_id) if each.annotation_id else None
        annotation_id = present["_id"] if present else new_id()
        annotation = {**each.annotation, "field": layer}
        replaced.append(Draft("replaced", asset, annotation_id, annotation, present, made_from=present))
    return [Removal(each) for each in by_name.values()], replaced


def _creation(operation: Create, copy: WorkingCopy) -> Draft | Refusal:
    asset = _ready_asset(operation.asset_id, copy)
    annotation_id = copy.stored_ids[operation.annotation_id] if operation.annotation_id else new_id()
    present = copy.annotations.get(annotation_id)
    if present is not None:
        return Refusal(present, operation.annotation)
    return Draft("created", asset, annotation_id, operation.annotation)


def _update(operation: Update, copy: WorkingCopy) -> Draft | Refusal:
    present, changes = _present(operation.annotation_id, copy), operation.changes
    if present["revision"] != operation.revision:
        return Refusal(present, changes)
    asset = _ready_asset(present["asset_id"], copy)
    form: Literal["draft", "placed"] = "placed" if _PLACING.isdisjoint(changes) else "draft"
    try:
        annotation = merged(unsigned(_draft_of(present, changes, form), changes), changes)
    except ValueError as error:
        raise InvalidRequest(f"The change {error}.") from None
    return Draft("updated", asset, present["_id"], annotation, present, made_from=present, form=form)


def _draft_of(present: AnnotationDocument, changes: Document, form: str) -> Document:
    """Return a stored annotation as a caller would send it: without geometry if the changes bring a new one.

    Relative geometry that was derived from pixels of the stored frame is left out when it is to be derived again.
    """
    left_out: frozenset[str] = frozenset()
    if not GEOMETRY.isdisjoint(changes):
        left_out = GEOMETRY
    elif form == "draft" and present.get("coordinate_frame") == "stored":
        left_out = RELATIVE
    draft: Document = {name: value for name, value in present.items() if name in WRITABLE and name not in left_out}
    if left_out is RELATIVE and "keypoints" in draft:
        draft["keypoints"] = [
            {name: each[name] for name in each if name not in ("x", "y")} for each in draft["keypoints"]
        ]
    return with_extra(draft)


def _restoration(operation: Restore, copy: WorkingCopy) -> Resolved:
    annotation_id = copy.stored_ids[operation.annotation_id]
    present = copy.annotations.get(annotation_id)
    if present is None:
        _check_deleted_at(operation.revision, copy.last_revisions.get(annotation_id))
    elif present["revision"] != operation.revision:
        return Refusal(present, {"restore": operation.to})
    revision = operation.restored_revision
    entry = copy.history.get(history.entry_id(annotation_id, revision))
    state = entry.get("state") if entry is not None else None
    if state is None:
        if present is None or (entry is None and revision > 0):
            raise NoSuchAnnotation("There is no such revision to go back to.")
        return Removal(present)  # it was not there then
    if present is not None and present["asset_id"] != state["asset_id"]:
        raise InvalidRequest("That revision is of another asset; delete the annotation, then restore it.")
    asset = _ready_asset(state["asset_id"], copy)
    annotation: Document = {name: value for name, value in state.items() if name in _STATE}
    if annotation.get("label"):
        annotation["label"] = normalized(annotation["label"])  # earlier versions stored any form
    return Draft("restored", asset, annotation_id, annotation, present, made_from=state, form="stored")


def _check_deleted_at(revision: int, last: int | None) -> None:
    if last is None:
        raise no_such_annotation()
    if revision != last:
        raise PreconditionFailed("The annotation was deleted.", current={"revision": last, "deleted": True})


def _present(name: str, copy: WorkingCopy) -> AnnotationDocument:
    present = copy.annotations.get(copy.stored_ids[name])
    if present is None:
        raise no_such_annotation()
    return present


def _ready_asset(asset_id: str, copy: WorkingCopy) -> AssetDocument:
    asset = copy.assets.get(asset_id)
    if asset is None:
        raise no_such_asset()
    if asset["status"] != "ready":
        raise AssetNotReady(f"Only a ready asset is annotated; this one is {asset['status']}.")
    return asset
