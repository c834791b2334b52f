"""Resolution of an operation into the change that it asks for, against the annotations as they will be."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from foveal.catalog.annotations import history
from foveal.catalog.annotations.editing.loading import Loaded, restored_revision
from foveal.catalog.annotations.editing.pending_writes import PendingWrites
from foveal.catalog.annotations.geometry import DISPLAY_MARK, without_derived
from foveal.catalog.annotations.models import GEOMETRY, WRITABLE
from foveal.catalog.annotations.operations import Create, Delete, Operation, Restore, Update
from foveal.catalog.assets import no_such_annotation, no_such_asset
from foveal.database.client import Document
from foveal.encoding.ids import new_id
from foveal.errors import AssetNotReady, InvalidRequest, NoSuchAnnotation, PreconditionFailed
from foveal.validation.merge_patch import merged
from foveal.validation.values import normalized

_PLACING = GEOMETRY | {"type", "rotation", "rotation_origin"}
"""Fields whose change has the geometry checked and completed anew."""


@dataclass(frozen=True, slots=True)
class Put:
    """An annotation to store on an asset, in place of `present` if that is there.

    `made_from` is the state from which it keeps its author and the time when it was made. The annotation is a draft of
    a caller, a draft whose geometry was stored before ("placed"), or a whole state that was stored before.
    """

    kind: Literal["created", "updated", "restored", "replaced"]
    asset: Document
    annotation_id: str
    annotation: Document
    present: Document | None = None
    made_from: Document | None = None
    form: Literal["draft", "placed", "stored"] = "draft"


@dataclass(frozen=True, slots=True)
class Removal:
    """An annotation to delete, in its present state."""

    present: Document


Change: TypeAlias = Put | Removal


def resolve(operation: Operation, loaded: Loaded, pending: PendingWrites) -> Change:
    """Return the change that an operation asks for.

    Raises NoSuchAsset, AssetNotReady, NoSuchAnnotation, InvalidRequest; PreconditionFailed when the annotation is not
    at the revision that the operation names.
    """
    match operation:
        case Create():
            return _creation(operation, loaded, pending)
        case Update():
            return _update(operation, loaded, pending)
        case Delete():
            stored_id = loaded.stored_ids[operation.annotation_id]
            return Removal(pending.at_revision(stored_id, operation.revision, attempted=None))
        case Restore():
            return _restoration(operation, loaded, pending)


def ready_asset(loaded: Loaded, asset_id: str) -> Document:
    """Return an asset that may be annotated. Raises NoSuchAsset, AssetNotReady."""
    asset = loaded.assets.get(asset_id)
    if asset is None:
        raise no_such_asset()
    if asset["status"] != "ready":
        raise AssetNotReady(f"Only a ready asset is annotated; this one is {asset['status']}.")
    return asset


def _creation(operation: Create, loaded: Loaded, pending: PendingWrites) -> Put:
    asset = ready_asset(loaded, operation.asset_id)
    annotation_id = loaded.stored_ids[operation.annotation_id] if operation.annotation_id else new_id()
    pending.check_absent(annotation_id, attempted=operation.annotation)
    return Put("created", asset, annotation_id, operation.annotation)


def _update(operation: Update, loaded: Loaded, pending: PendingWrites) -> Put:
    changes = operation.changes
    present = pending.at_revision(loaded.stored_ids[operation.annotation_id], operation.revision, attempted=changes)
    asset = ready_asset(loaded, present["asset_id"])
    draft = {name: value for name, value in history.public(present).items() if name in WRITABLE}
    if GEOMETRY & changes.keys():
        draft = {name: value for name, value in draft.items() if name not in GEOMETRY}
    try:
        draft = merged(draft, changes)
    except ValueError as error:
        raise InvalidRequest(f"The change {error}.") from None
    form: Literal["draft", "placed"] = "draft" if _PLACING & changes.keys() else "placed"
    if form == "draft" and not GEOMETRY & changes.keys():
        draft = without_derived(draft)
    return Put("updated", asset, present["_id"], draft, present, made_from=present, form=form)


def _restoration(operation: Restore, loaded: Loaded, pending: PendingWrites) -> Change:
    annotation_id = loaded.stored_ids[operation.annotation_id]
    present = pending.annotation(annotation_id)
    if present is not None:
        pending.at_revision(annotation_id, operation.revision, attempted={"restore": operation.to})
    elif (last := pending.last_revision(annotation_id)) is None:
        raise no_such_annotation()
    elif operation.revision != last:
        raise PreconditionFailed("The annotation was deleted.", current={"revision": last, "deleted": True})
    revision = restored_revision(operation)
    entry_id = history.entry_id(annotation_id, revision)
    entry = (pending.history.get(entry_id) or loaded.history.get(entry_id)) if revision else {}
    if entry is None or (present is None and "state" not in entry):
        raise NoSuchAnnotation("There is no such revision to go back to.")
    if present is not None and "state" not in entry:  # it was not there then
        return Removal(present)
    state = entry["state"]
    if present is not None and present["asset_id"] != state["asset_id"]:
        raise InvalidRequest("That revision is of another asset; delete the annotation, then restore it.")
    asset = ready_asset(loaded, state["asset_id"])
    annotation = {name: state[name] for name in state if name in (*WRITABLE, "bbox_area", DISPLAY_MARK[0])}
    if annotation.get("label"):
        annotation["label"] = normalized(annotation["label"])  # earlier versions stored any form
    return Put("restored", asset, annotation_id, annotation, present, made_from=state, form="stored")
