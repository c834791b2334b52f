"""Selection of the annotations to draw: those of one frame, with large members read from the bucket."""

import json
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

from foveal.aws import errors as aws
from foveal.aws.s3 import S3
from foveal.catalog.annotations.rasters.large_members import LARGE
from foveal.database.client import Document
from foveal.database.snapshot import Snapshot
from foveal.derivatives import recipes
from foveal.derivatives.recipes import Recipe
from foveal.errors import Unrenderable
from foveal.render.draw import interpolation, temporal

MAX_ANNOTATIONS: Final = 10_000
MAX_STORED_BYTES: Final = 64 * 1024 * 1024
READS_AT_ONCE: Final = 16


def drawn(catalog: Snapshot, bucket: S3, asset: Mapping[str, Any], recipe: Recipe) -> list[Document]:
    """Return the annotations on the picture of a recipe. Raises Unrenderable for more than `MAX_ANNOTATIONS`."""
    chosen: Document = {}
    if recipe.field is not None:
        chosen["field"] = recipe.field
    if recipe.labels:
        chosen["label"] = {"$in": list(recipe.labels)}
    if recipe.min_confidence is not None:
        chosen["$or"] = [{"confidence": None}, {"confidence": {"$gte": recipe.min_confidence}}]
    if not recipes.has_frames(asset):
        found = _found(catalog, {"asset_id": asset["_id"], **chosen, "frame_index": None})
    else:
        found = _on_frame(catalog, asset, int(recipe.frame or 0), chosen)
    if len(found) > MAX_ANNOTATIONS:
        raise Unrenderable(f"More than {MAX_ANNOTATIONS} annotations: choose by field, label or min_confidence.")
    return complete(bucket, [each for each in found if not each.get("outside")])


def on_frame(
    catalog: Snapshot, bucket: S3, asset: Mapping[str, Any], annotation: Document, frame: int | None
) -> Document:
    """Return an annotation as it is on a frame: itself, or another one of its track.

    Raises Unrenderable if its object is not on that frame.
    """
    if annotation.get("frame_index") in (None, frame):
        return complete(bucket, [annotation])[0]
    if annotation.get("track_id") is not None:
        same = {name: annotation[name] for name in ("field", "track_id", "type")}
        for each in _on_frame(catalog, asset, int(frame or 0), same):
            if each.get("frame_index") == frame and not each.get("outside"):
                return complete(bucket, [each])[0]
    raise Unrenderable("The object of the annotation is not on that frame.")


def complete(bucket: S3, annotations: list[Document]) -> list[Document]:
    """Return the annotations with large members read from the bucket: counts of masks, values of heatmaps.

    Raises Unrenderable for more than `MAX_STORED_BYTES`, and for a deleted or archived object.
    """
    sizes = [each[name]["s3"]["size_bytes"] for each in annotations for name in LARGE if _is_stored(each, name)]
    if sum(sizes) > MAX_STORED_BYTES:
        raise Unrenderable("The masks are too large to be drawn at once: choose by field, label or min_confidence.")

    def read(each: Document) -> Document:
        for name, member in LARGE.items():
            if _is_stored(each, name):
                each = {**each, name: {**each[name], member: _read(bucket, each[name]["s3"])}}
        return each

    if not sizes:
        return annotations
    with ThreadPoolExecutor(READS_AT_ONCE) as pool:
        return list(pool.map(read, annotations))


def _is_stored(annotation: Document, name: str) -> bool:
    return "s3" in (annotation.get(name) or ())


def _read(bucket: S3, location: Document) -> Any:
    try:
        return json.loads(bucket.get(location["key"], location.get("version_id")))
    except (aws.NoSuchKey, aws.NoSuchVersion, aws.MethodNotAllowed):
        raise Unrenderable("A mask or heatmap was deleted.") from None
    except aws.InvalidObjectState:
        raise Unrenderable("A mask or heatmap is archived.") from None


def _on_frame(catalog: Snapshot, asset: Mapping[str, Any], frame: int, chosen: Document) -> list[Document]:
    """Return the annotations of a frame, those of the whole asset, and the interpolated one of each track."""
    query = {"asset_id": asset["_id"], **chosen}
    found = _found(catalog, {**query, "frame_index": frame})
    # of no single frame; a `track` itself is left out, as its annotations on frames are drawn
    lasting = _found(catalog, {**query, "frame_index": None, "type": {"$ne": "track"}} | _type_of(chosen))
    is_there = [each for each in lasting if not each.get("support") or temporal.covers(each["support"], frame, asset)]
    keyframes = {**query, "track_id": {"$type": "string"}, "keyframe": True}
    before = _nearest(catalog, {**keyframes, "frame_index": {"$gte": 0, "$lt": frame}}, -1)
    after = _nearest(catalog, {**keyframes, "frame_index": {"$gt": frame}}, 1)
    return [*found, *is_there, *interpolation.between_keyframes(found, before, after, frame)]


def _type_of(chosen: Document) -> Document:
    return {"type": chosen["type"]} if "type" in chosen else {}


def _found(catalog: Snapshot, query: Document) -> list[Document]:
    return list(catalog.find("annotations", query).sort("_id", 1).limit(MAX_ANNOTATIONS + 1))


def _nearest(catalog: Snapshot, query: Document, direction: int) -> Iterable[Document]:
    """Return the last (-1) or first (1) matching annotation of each track, by frame."""
    of_track = {name: f"${name}" for name in ("field", "track_id", "type")}
    stages: list[Document] = [
        {"$match": query},
        {"$sort": {"frame_index": direction, "_id": 1}},
        {"$group": {"_id": of_track, "nearest": {"$first": "$_id"}}},
        {"$limit": MAX_ANNOTATIONS + 1},
    ]
    ids = [each["nearest"] for each in catalog.aggregate("annotations", stages)]
    return list(catalog.find("annotations", {"_id": {"$in": ids}}).sort("_id", 1))
