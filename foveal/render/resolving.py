"""What a request asks for, in full: its recipe with the revisions of all that is drawn."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pymongo.database import Database

from foveal.catalog import identity
from foveal.errors import NoSuchAnnotation, Unprocessable
from foveal.mongo import Document
from foveal.render import recipes
from foveal.render.recipes import Recipe, Renditions


def resolved(
    database: Database[Document], asset: Mapping[str, Any], renditions: Renditions, query: Mapping[str, str]
) -> Recipe:
    """Return the recipe of a request. Raises NoSuchAnnotation, and Unprocessable for what is not offered."""
    recipe = recipes.requested(asset, renditions, query)
    if recipe.kind == "crop":
        return _crop(database, asset, recipe)
    return recipe.with_labels(label_revision(database, asset["project"])) if recipe.draws_labels else recipe


def label_revision(database: Database[Document], project: str) -> int:
    """Return a number that grows with every revision of a label schema of a project: no revision ever goes."""
    return database.label_schemas.count_documents({"project": project})


def annotation_of(database: Database[Document], asset: Mapping[str, Any], annotation_id: str) -> Document:
    """Return an annotation of an asset. Raises NoSuchAnnotation."""
    ids = identity.candidates(annotation_id, [str(asset["project"])])
    found = database.annotations.find_one({"_id": {"$in": ids}, "asset_id": asset["_id"], "deleted_at": None})
    if found is None:
        raise NoSuchAnnotation("There is no such annotation on this asset.")
    return found


def _crop(database: Database[Document], asset: Mapping[str, Any], recipe: Recipe) -> Recipe:
    """Return the recipe on the annotation's own frame, unless another one is asked for.

    On its own frame it depends on its own revision alone; elsewhere, on the other places of its track.
    """
    annotation = annotation_of(database, asset, str(recipe.annotation_id))
    own = annotation.get("frame_index")
    if not recipes.has_frames(asset) or recipe.frame in (None, own):
        if own is None and asset.get("media_type") == "video":
            raise Unprocessable("The annotation is of no single frame; the crop needs frame.")
        return replace(recipe, frame=own, revision=annotation["revision"])
    if own is None:
        return replace(recipe, revision=annotation["revision"])
    return replace(recipe, revision=int(asset.get("annotation_revision") or 0))
