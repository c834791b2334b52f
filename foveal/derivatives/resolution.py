"""Resolution of a request to its full recipe, with the revisions of annotations and label schemas."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from foveal.catalog.annotations import ids as identity
from foveal.database.client import Document
from foveal.database.snapshot import Snapshot
from foveal.derivatives import recipes
from foveal.derivatives.recipes import Recipe, Renditions
from foveal.errors import NoSuchAnnotation, Unprocessable


def resolved(catalog: Snapshot, asset: Mapping[str, Any], renditions: Renditions, query: Mapping[str, str]) -> Recipe:
    """Return the recipe of a request. Raises NoSuchAnnotation, and Unprocessable as `recipes.requested`."""
    recipe = recipes.requested(asset, renditions, query)
    if recipe.kind == "crop":
        return _crop(catalog, asset, recipe)
    return recipe.with_labels(label_revision(catalog, asset["project"])) if recipe.draws_labels else recipe


def label_revision(catalog: Snapshot, project: str) -> int:
    """Return the number of label schema revisions of a project; revisions are never deleted, so that it only grows."""
    return catalog.count("label_schemas", {"project": project})


def annotation_of(catalog: Snapshot, asset: Mapping[str, Any], annotation_id: str) -> Document:
    """Return an annotation of an asset. Raises NoSuchAnnotation."""
    ids = identity.candidates(annotation_id, [str(asset["project"])])
    found = catalog.find_one("annotations", {"_id": {"$in": ids}, "asset_id": asset["_id"]})
    if found is None:
        raise NoSuchAnnotation("There is no such annotation on this asset.")
    return found


def _crop(catalog: Snapshot, asset: Mapping[str, Any], recipe: Recipe) -> Recipe:
    """Return the recipe on the annotation's own frame, unless the request names another one.

    On its own frame it depends on its own revision alone; elsewhere, on the other places of its track.
    """
    annotation = annotation_of(catalog, asset, str(recipe.annotation_id))
    own = annotation.get("frame_index")
    if not recipes.has_frames(asset) or recipe.frame in (None, own):
        if own is None and asset.get("media_type") == "video":
            raise Unprocessable("The annotation belongs to no single frame; the crop needs frame.")
        return replace(recipe, frame=own, revision=annotation["revision"])
    if own is None:
        return replace(recipe, revision=annotation["revision"])
    return replace(recipe, revision=int(asset.get("annotation_revision") or 0))
