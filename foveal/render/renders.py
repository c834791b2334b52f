"""Makes a derivative once: reads the asset's version, draws, and writes under a name that says all it depends on.

Two requests at once make one object: the write is conditional, and the bytes would be the same. `renditions` in the
catalog remembers what exists, so that a thousand URLs can be signed without asking S3 a thousand times.
"""

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import IO, Any, Final, cast

from pymongo.database import Database

from foveal.aws import errors as aws
from foveal.aws.s3 import S3
from foveal.errors import InvalidObjectState, NoSuchAnnotation, NoSuchAsset
from foveal.mongo import Document
from foveal.render import burn, dicom, images, overlay, recipes, video
from foveal.render.errors import Unrenderable
from foveal.render.ranged import RangedFile
from foveal.render.recipes import Recipe, Renditions
from foveal.render.shapes import Style, enclosing_box, shapes

CACHE_CONTROL: Final = "max-age=31536000, immutable"
MOST_ANNOTATIONS: Final = 2_000
DICOM: Final = "application/dicom"


class Renderer:
    """Makes derivatives of assets in one bucket."""

    def __init__(
        self,
        database: Database[Document],
        bucket: S3,
        renditions: Renditions,
        expire_after_days: int | None = None,
    ) -> None:
        self._database, self._bucket, self._renditions = database, bucket, renditions
        self._expire_after_days = expire_after_days

    def make_automatic(self, asset_id: str) -> list[str]:
        """Make what every ready asset gets; return the keys. An asset that is gone by now gets nothing."""
        asset = self._asset(asset_id)
        if asset is None:
            return []
        return [self.make(asset, recipe) for recipe in recipes.automatic(asset, self._renditions)]

    def make_requested(self, asset_id: str, query: Mapping[str, str]) -> str:
        """Make one derivative for `variant` and its options; return its key.

        Raises NoSuchAsset, NoSuchAnnotation, Unprocessable for what is not offered, Unrenderable for an asset of
        which no picture can be made, InvalidObjectState for archived bytes.
        """
        asset = self._asset(asset_id)
        if asset is None:
            raise NoSuchAsset("There is no such asset.")
        return self.make(asset, resolved(self._database, asset, self._renditions, query))

    def make(self, asset: Mapping[str, Any], recipe: Recipe) -> str:
        """Make a derivative unless it exists; return its key. Raises as `make_requested`."""
        key = recipe.key(asset)
        if not is_made(self._database, [key]):
            body = self._picture(asset, recipe)
            headers = {"If-None-Match": "*", "Cache-Control": CACHE_CONTROL}
            with contextlib.suppress(aws.PreconditionFailed, aws.ConditionalRequestConflict):  # made by somebody else
                self._bucket.put(key, body, recipe.content_type, headers)
        self._remember(asset, key)
        return key

    def _picture(self, asset: Mapping[str, Any], recipe: Recipe) -> bytes:
        if recipe.kind == "overlay":
            size = int(asset["width"]), int(asset["height"])
            drawn = shapes(self._annotations(asset, recipe), size, self._style(asset))
            return overlay.svg(drawn, size).encode()
        try:
            with self._source(asset) as source:
                return images.encode(self._drawn(asset, recipe, source), recipe.format)
        except (aws.NoSuchKey, aws.NoSuchVersion, aws.MethodNotAllowed):
            raise NoSuchAsset("The asset's bytes are gone.") from None
        except aws.InvalidObjectState:
            raise InvalidObjectState("The asset's bytes are archived; retrieve them first.") from None

    def _drawn(self, asset: Mapping[str, Any], recipe: Recipe, source: IO[bytes]) -> Any:
        if recipe.kind == "strip":
            return video.strip(source, recipe.width)
        if recipe.kind == "crop":
            annotation = annotation_of(self._database, asset, str(recipe.annotation_id))
            size = int(asset["width"]), int(asset["height"])
            left, top, right, bottom = enclosing_box(annotation, size, recipe.margin)
            return images.region(source, (left, top, right, bottom), recipe.width)
        picture = _still(asset, source, recipe.width)
        if recipe.kind == "annotated":
            displayed = int(asset["width"]), int(asset["height"])
            drawn = shapes(self._annotations(asset, recipe), picture.size, self._style(asset), displayed)
            return burn.burned(picture, drawn)
        return picture

    def _annotations(self, asset: Mapping[str, Any], recipe: Recipe) -> list[Document]:
        wanted: dict[str, Any] = {"asset_id": asset["_id"], "deleted_at": None, "frame_index": None}
        if recipe.field is not None:
            wanted["field"] = recipe.field
        if recipe.labels:
            wanted["label"] = {"$in": list(recipe.labels)}
        if recipe.min_confidence is not None:
            wanted["$or"] = [{"confidence": None}, {"confidence": {"$gte": recipe.min_confidence}}]
        return list(self._database.annotations.find(wanted).sort("_id", 1).limit(MOST_ANNOTATIONS))

    def _style(self, asset: Mapping[str, Any]) -> Style:
        schemas = self._database.label_schemas.find({"project": asset["project"]}, {"labels": 1}).sort("revision", 1)
        return Style.of(label for schema in schemas for label in schema.get("labels") or ())

    def _source(self, asset: Mapping[str, Any]) -> IO[bytes]:
        key, version_id = asset["s3"]["key"], asset["s3"].get("version_id")
        ranged = RangedFile(
            lambda offset, length: self._bucket.get_range(key, offset, length, version_id).data,
            int(asset["size_bytes"]),
        )
        return cast(IO[bytes], ranged)

    def _asset(self, asset_id: str) -> Document | None:
        return self._database.assets.find_one({"_id": asset_id, "status": "ready"})

    def _remember(self, asset: Mapping[str, Any], key: str) -> None:
        now = datetime.now(UTC)
        made: Document = {"project": asset["project"], "asset_id": asset["_id"], "created_at": now, "schema_version": 1}
        if self._expire_after_days:
            made["expires_at"] = now + timedelta(days=self._expire_after_days - 1)
        self._database.renditions.update_one({"_id": key}, {"$setOnInsert": made}, upsert=True)


def resolved(
    database: Database[Document], asset: Mapping[str, Any], renditions: Renditions, query: Mapping[str, str]
) -> Recipe:
    """Return the recipe of a request, with the revision of what is drawn. Raises as `Renderer.make_requested`."""
    recipe = recipes.requested(asset, renditions, query)
    if recipe.kind in ("overlay", "annotated", "crop") and asset.get("media_type") != "image":
        raise Unrenderable("Annotations are drawn on images only.")
    if recipe.kind == "crop":
        return replace(recipe, revision=annotation_of(database, asset, str(recipe.annotation_id))["revision"])
    return recipe


def annotation_of(database: Database[Document], asset: Mapping[str, Any], annotation_id: str) -> Document:
    """Return an annotation of an asset. Raises NoSuchAnnotation."""
    found = database.annotations.find_one({"_id": annotation_id, "asset_id": asset["_id"], "deleted_at": None})
    if found is None:
        raise NoSuchAnnotation("There is no such annotation on this asset.")
    return found


def is_made(database: Database[Document], keys: Sequence[str]) -> set[str]:
    """Return which of the keys exist, as far as is known."""
    found = database.renditions.find({"_id": {"$in": list(keys)}}, {"_id": 1}, batch_size=1_000)
    return {each["_id"] for each in found}


def _still(asset: Mapping[str, Any], source: IO[bytes], width: int) -> Any:
    if asset.get("media_type") == "video":
        return video.poster(source, width)
    if asset.get("mime_type") == DICOM or asset.get("format") == "dicom":
        return dicom.picture(source, width)
    return images.upright(source, width)
