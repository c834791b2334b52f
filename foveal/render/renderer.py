"""The renderer: reads an asset's version, draws, and writes the derivative once, under a key made from its recipe.

The name and what is drawn under it are read from one snapshot of the catalog. Two requests at once make one object: the
write is conditional, and the bytes would be the same. `renditions` in the catalog remembers what exists, so that a
thousand URLs can be signed without asking S3 a thousand times.
"""

import base64
import contextlib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from pymongo.database import Database

from foveal.aws import errors as aws
from foveal.catalog.newest_label_schemas import newest_revisions
from foveal.database.client import Document
from foveal.database.snapshot import Snapshot
from foveal.derivatives import recipes
from foveal.derivatives.made import evicted, forget, known, remember, remember_refusal
from foveal.derivatives.recipes import Recipe, Renditions
from foveal.derivatives.resolution import annotation_of, resolved
from foveal.errors import InvalidObjectState, NoSuchAsset, RefusedByRender, RenditionNotReady, Unrenderable
from foveal.objects.buckets import Buckets
from foveal.render.draw import selection
from foveal.render.drawing import Drawing, Fingerprint, Made
from foveal.render.isolation.client import Drawings, OutOfPatience

RETRY_AFTER_SECONDS: Final = 10
CACHE_CONTROL: Final = "max-age=31536000, immutable"


class Renderer:
    """Renderer of derivatives of the assets in one bucket."""

    def __init__(
        self,
        database: Database[Document],
        buckets: Buckets,
        renditions: Renditions,
        drawings: Drawings,
        expire_after_days: int | None = None,
    ) -> None:
        self._database, self._bucket, self._buckets = database, buckets.media, buckets
        self._renditions = renditions
        self._drawings, self._expire_after_days = drawings, expire_after_days

    def make_automatic(self, asset_id: str) -> list[str]:
        """Make the derivatives of every ready asset; return their keys, none for an asset that no longer exists.

        Raises as `make_requested`; the first that cannot be made ends it.
        """
        with Snapshot.of(self._database) as catalog:
            asset = _asset(catalog, asset_id)
            if asset is None:
                return []
            automatic = recipes.automatic(asset, self._renditions)
            return [self._make(catalog, asset, recipe) for recipe in automatic]

    def make_requested(self, asset_id: str, query: Mapping[str, str], patience_seconds: float | None = None) -> str:
        """Make one derivative for `variant` and its options; return its key.

        Raises RenditionNotReady after so many seconds: another call without a limit has to make it then; NoSuchAsset,
        NoSuchAnnotation, Unprocessable for what is not offered, Unrenderable for an asset of which no picture can be
        made, InvalidObjectState for archived bytes.
        """
        with Snapshot.of(self._database) as catalog:
            asset = _asset(catalog, asset_id)
            if asset is None:
                raise NoSuchAsset("There is no such asset.")
            return self._make(catalog, asset, resolved(catalog, asset, self._renditions, query), patience_seconds)

    def _make(
        self, catalog: Snapshot, asset: Mapping[str, Any], recipe: Recipe, patience_seconds: float | None = None
    ) -> str:
        """Make a derivative unless it exists; return its key. Raises as `make_requested`."""
        key = recipe.key(asset)
        records = known(self._database, [key])
        if key in records.made and not (recipe.shows_asset and self._lacks_fingerprint(asset)):
            return key
        problem = records.refused.get(key)
        if problem and (patience_seconds is not None or problem["code"] != RenditionNotReady.__name__):
            raise RefusedByRender(problem)
        if recipe.is_on_request:
            self._make_room(asset)
        drawing = self._drawing(catalog, asset, recipe)
        try:
            made = self._drawn(asset, drawing, patience_seconds)
        except (Unrenderable, RenditionNotReady) as refusal:
            remember_refusal(self._database, asset, key, refusal)
            raise
        headers = {"If-None-Match": "*", "Cache-Control": CACHE_CONTROL}
        version_id = None
        with contextlib.suppress(aws.PreconditionFailed, aws.ConditionalRequestConflict):  # made by another request
            version_id = self._bucket.put(key, made.file, recipe.content_type, headers)
        remember(self._database, asset, key, self._expire_after_days, version_id)
        self._remove_if_deleted(asset, key, version_id)
        if made.fingerprint is not None:
            self._database.assets.update_one(_without_fingerprint(asset), {"$set": _facts(made.fingerprint)})
        return key

    def _lacks_fingerprint(self, asset: Mapping[str, Any]) -> bool:
        """Tell whether an asset was drawn last by a version of Foveal that knew no fingerprints."""
        unknown = _without_fingerprint(asset)
        return "thumbhash" not in asset and self._database.assets.find_one(unknown, {"_id": 1}) is not None

    def _make_room(self, asset: Mapping[str, Any]) -> None:
        """Delete the oldest derivatives of an asset that is at its limit. Raises Unprocessable when all are young."""
        for old in evicted(self._database, asset["_id"], datetime.now(UTC)):
            if "version_id" in old:  # not in records of earlier versions; those objects go with their asset
                with contextlib.suppress(aws.AccessDenied):  # under object lock
                    self._bucket.delete(old["_id"], old["version_id"])

    def _remove_if_deleted(self, asset: Mapping[str, Any], key: str, version_id: str | None) -> None:
        """Remove what was just written if the asset was deleted meanwhile. Raises NoSuchAsset.

        A deletion marks the asset before it lists what to delete, so that either it or this look finds the derivative.
        """
        if self._database.assets.find_one({"_id": asset["_id"], "deletion": None, "status": {"$ne": "deleted"}}):
            return
        if version_id is not None:
            self._bucket.delete(key, version_id)
        forget(self._database, key)
        raise NoSuchAsset("The asset was deleted while the derivative was made.")

    def _drawing(self, catalog: Snapshot, asset: Mapping[str, Any], recipe: Recipe) -> Drawing:
        """Return what is to be drawn, with everything that the catalog and the bucket hold of its annotations."""
        if recipe.kind == "crop":
            own = annotation_of(catalog, asset, str(recipe.annotation_id))
            there = selection.on_frame(catalog, self._bucket, asset, own, recipe.frame)
            return Drawing(asset, recipe, [there])
        if recipe.kind in ("overlay", "annotated"):
            annotations = selection.drawn(catalog, self._bucket, asset, recipe)
            return Drawing(asset, recipe, annotations, _labels(catalog, asset))
        return Drawing(asset, recipe)

    def _drawn(self, asset: Mapping[str, Any], drawing: Drawing, patience_seconds: float | None) -> Made:
        original, key, version_id = self._buckets.of(asset), asset["s3"]["key"], asset["s3"].get("version_id")

        def read_range(offset: int, length: int) -> bytes:
            return original.get_range(key, offset, length, version_id).data

        try:
            size_bytes = int(asset["size_bytes"])
            return self._drawings.draw(drawing, read_range, size_bytes, patience_seconds=patience_seconds)
        except OutOfPatience:
            told = "The derivative takes longer than an answer may; it is being made."
            raise RenditionNotReady(told, retry_after_seconds=RETRY_AFTER_SECONDS) from None
        except (aws.NoSuchKey, aws.NoSuchVersion, aws.MethodNotAllowed):
            raise NoSuchAsset("The asset's bytes are gone.") from None
        except aws.InvalidObjectState:
            raise InvalidObjectState("The asset's bytes are archived; retrieve them first.") from None


def _asset(catalog: Snapshot, asset_id: str) -> Document | None:
    return catalog.find_one("assets", {"_id": asset_id, "status": "ready", "deletion": None})


def _without_fingerprint(asset: Mapping[str, Any]) -> Document:
    """Return the query for an asset in the version that was drawn, if its fingerprint is not known yet."""
    return {"_id": asset["_id"], "s3.version_id": asset["s3"].get("version_id"), "thumbhash": None}


def _facts(found: Fingerprint) -> Document:
    facts = {"thumbhash": base64.b64encode(found.thumbhash).decode()}
    return facts if found.perceptual_hash is None else {**facts, "perceptual_hash": found.perceptual_hash.hex()}


def _labels(catalog: Snapshot, asset: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    newest = catalog.aggregate("label_schemas", newest_revisions(str(asset["project"])))
    return [label for stored in newest for label in stored["schema"].get("labels") or ()]
