"""The renderer: reads an asset's version, draws, and writes the derivative once, under a key made from its recipe.

The name and what is drawn under it are read from one snapshot of the catalog. Two requests at once make one object: the
write is conditional, and the bytes would be the same. `renditions` in the catalog remembers what exists, so that a
thousand URLs can be signed without asking S3 a thousand times.
"""

import contextlib
from collections.abc import Iterator, Mapping
from typing import IO, Any, Final, cast

from PIL import Image
from pymongo.database import Database

from foveal.aws import errors as aws
from foveal.aws.s3 import S3
from foveal.catalog.newest_label_schemas import newest_revisions
from foveal.database.client import Document
from foveal.database.snapshot import Snapshot
from foveal.derivatives import recipes
from foveal.derivatives.made import made, remember
from foveal.derivatives.recipes import Recipe, Renditions
from foveal.derivatives.resolution import annotation_of, resolved
from foveal.errors import InvalidObjectState, NoSuchAsset
from foveal.render.decode import image, video
from foveal.render.decode import picture as stills
from foveal.render.decode.ranged_file import RangedFile
from foveal.render.draw import raster, selection, svg
from foveal.render.draw.shapes import ImageGeometry, Style, enclosing_box, shapes

CACHE_CONTROL: Final = "max-age=31536000, immutable"


class Renderer:
    """Renderer of derivatives of the assets in one bucket."""

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
        """Make the derivatives of every ready asset; return their keys, none for an asset that no longer exists."""
        with Snapshot.of(self._database) as catalog:
            asset = _asset(catalog, asset_id)
            if asset is None:
                return []
            return [self._make(catalog, asset, recipe) for recipe in recipes.automatic(asset, self._renditions)]

    def make_requested(self, asset_id: str, query: Mapping[str, str]) -> str:
        """Make one derivative for `variant` and its options; return its key.

        Raises NoSuchAsset, NoSuchAnnotation, Unprocessable for what is not offered, Unrenderable for an asset of
        which no picture can be made, InvalidObjectState for archived bytes.
        """
        with Snapshot.of(self._database) as catalog:
            asset = _asset(catalog, asset_id)
            if asset is None:
                raise NoSuchAsset("There is no such asset.")
            return self._make(catalog, asset, resolved(catalog, asset, self._renditions, query))

    def _make(self, catalog: Snapshot, asset: Mapping[str, Any], recipe: Recipe) -> str:
        """Make a derivative unless it exists; return its key. Raises as `make_requested`."""
        key = recipe.key(asset)
        if not made(self._database, [key]):
            body = self._picture(catalog, asset, recipe)
            headers = {"If-None-Match": "*", "Cache-Control": CACHE_CONTROL}
            with contextlib.suppress(aws.PreconditionFailed, aws.ConditionalRequestConflict):  # made by another request
                self._bucket.put(key, body, recipe.content_type, headers)
        remember(self._database, asset, key, self._expire_after_days)
        return key

    def _picture(self, catalog: Snapshot, asset: Mapping[str, Any], recipe: Recipe) -> bytes:
        if recipe.kind == "overlay":
            self._require_frame(asset, recipe)
            drawn = selection.drawn(catalog, self._bucket, asset, recipe)
            lies_on = ImageGeometry.of(asset)
            canvas = stills.shown_size(asset, lies_on.size)
            return svg.svg(shapes(drawn, canvas, _style(catalog, asset), lies_on), canvas).encode()
        with self._bytes(asset) as source:
            return image.encode(self._drawn(catalog, asset, recipe, source), recipe.format)

    def _drawn(self, catalog: Snapshot, asset: Mapping[str, Any], recipe: Recipe, source: IO[bytes]) -> Image.Image:
        if recipe.kind == "strip":
            return video.strip(source, recipe.width, stills.aperture_of(asset))
        if recipe.kind == "crop":
            own = annotation_of(catalog, asset, str(recipe.annotation_id))
            there = selection.on_frame(catalog, self._bucket, asset, own, recipe.frame)
            return stills.part(asset, source, recipe, enclosing_box(there, ImageGeometry.of(asset), recipe.margin))
        picture = stills.whole(asset, source, recipe)
        if recipe.kind == "annotated":
            drawn = selection.drawn(catalog, self._bucket, asset, recipe)
            return raster.burned(picture, shapes(drawn, picture.size, _style(catalog, asset), ImageGeometry.of(asset)))
        return picture

    def _require_frame(self, asset: Mapping[str, Any], recipe: Recipe) -> None:
        """Raise Unrenderable for a missing frame of a video whose header states no frame count."""
        if asset.get("media_type") == "video" and not asset.get("frame_count"):
            with self._bytes(asset) as source:
                video.still(source, int(recipe.frame or 0), 1)

    @contextlib.contextmanager
    def _bytes(self, asset: Mapping[str, Any]) -> Iterator[IO[bytes]]:
        try:
            with self._source(asset) as source:
                yield source
        except (aws.NoSuchKey, aws.NoSuchVersion, aws.MethodNotAllowed):
            raise NoSuchAsset("The asset's bytes are gone.") from None
        except aws.InvalidObjectState:
            raise InvalidObjectState("The asset's bytes are archived; retrieve them first.") from None

    def _source(self, asset: Mapping[str, Any]) -> IO[bytes]:
        key, version_id = asset["s3"]["key"], asset["s3"].get("version_id")
        ranged = RangedFile(
            lambda offset, length: self._bucket.get_range(key, offset, length, version_id).data,
            int(asset["size_bytes"]),
        )
        return cast(IO[bytes], ranged)


def _asset(catalog: Snapshot, asset_id: str) -> Document | None:
    return catalog.find_one("assets", {"_id": asset_id, "status": "ready"})


def _style(catalog: Snapshot, asset: Mapping[str, Any]) -> Style:
    newest = catalog.aggregate("label_schemas", newest_revisions(str(asset["project"])))
    return Style.of(label for stored in newest for label in stored["schema"].get("labels") or ())
