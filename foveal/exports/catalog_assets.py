"""Assets of an export as the catalog has them: each one with its annotations as both were at one moment."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from typing import Any, Final, NamedTuple

from pymongo.database import Database

from foveal.aws.s3 import S3
from foveal.catalog.annotations.rasters.mask_objects import MaskStore
from foveal.database import typed
from foveal.database.client import Document
from foveal.database.stored_documents import AssetOriginDocument
from foveal.exports import bodies
from foveal.exports.requests import ExportRequest
from foveal.exports.selections import Selected, Selection
from foveal.formats.base.model.dataset import LabelledAsset
from foveal.formats.base.model.items import Asset, NotImported
from foveal.formats.registry import load
from foveal.jobs.overlap import overlapped

MAX_ANNOTATIONS: Final = 5_000
"""Annotations in memory at a time, beyond those of one asset."""
_FIELDS: Final = dict.fromkeys(
    ("file_name", "media_type", "width", "height", "frame_count", "reviewed_fields", "label_summary.count"), 1
)


class _Read(NamedTuple):
    """Documents of some assets, by asset id, as they were at one moment."""

    assets: Mapping[str, Document]
    annotations: Mapping[str, Sequence[Document]]
    origins: Mapping[str, AssetOriginDocument]


class CatalogAssets:
    """Reader of the assets of a selection."""

    def __init__(
        self,
        database: Database[Document],
        bucket: S3,
        masks: MaskStore,
        project: str,
        request: ExportRequest,
        selection: Selection,
    ) -> None:
        self._database, self._bucket, self._masks = database, bucket, masks
        self._project, self._request, self._selection = project, request, selection
        self._fields_of_sized = self._fields_where_sides_are_known()
        self._imported: dict[str, bool] = {}

    def _fields_where_sides_are_known(self) -> Mapping[str, Any]:
        format_ = load(self._request.format)
        if not format_.takes_pixels:
            return bodies.FIELDS
        takes_records = format_.takes_records and not self._request.options
        return bodies.fields_in_pixels(format_.name, takes_records=takes_records)

    def count(self) -> int | None:
        """Return the number of assets as it is now, or None where counting takes too long."""
        return self._selection.count()

    def after(self, position: Any) -> Iterator[tuple[Any, LabelledAsset]]:
        """Yield the assets behind a position, or all without one, each with its own position."""
        pages = self._selection.pages(position)
        groups = (group for page in pages for group in self._groups(page))
        with closing(overlapped(groups, self._read)) as found:
            for group, read in found:
                for each in group:
                    if asset := read.assets.get(each.asset_id):
                        origin = each.origin or read.origins.get(each.asset_id)
                        yield each.position, self._labelled(asset, origin, read.annotations[each.asset_id])

    def _groups(self, page: Sequence[Selected]) -> Iterator[list[Selected]]:
        """Yield parts of a page whose annotations fit into memory."""
        named: Document = {"_id": {"$in": [each.asset_id for each in page]}}
        counts = {
            asset["_id"]: sum(entry["count"] for entry in asset.get("label_summary", []))
            for asset in self._database.assets.find(named, {"label_summary.count": 1})
        }
        group: list[Selected] = []
        expected = 0
        for each in page:
            count = counts.get(each.asset_id, 0)
            if group and expected + count > MAX_ANNOTATIONS:
                yield group
                group, expected = [], 0
            group.append(each)
            expected += count
        if group:
            yield group

    def _read(self, group: Sequence[Selected]) -> _Read:
        """Return the ready ones of some assets, their annotations, and what the files have of them."""
        ids = [each.asset_id for each in group]
        of_assets: Document = {"asset_id": {"$in": list(ids)}, "project": self._project}
        if self._request.fields:
            of_assets["field"] = {"$in": self._request.fields}
        ready: Document = {"_id": {"$in": list(ids)}, "project": self._project, "status": "ready"}
        with self._database.client.start_session(snapshot=True) as session:
            found = self._database.assets.find(ready, _FIELDS, session=session).to_list()
            assets = {each["_id"]: each for each in found}
            annotations: dict[str, list[Document]] = {asset_id: [] for asset_id in ids}
            has_sides = all(asset.get("width") and asset.get("height") for asset in assets.values())
            fields = self._fields_of_sized if has_sides else bodies.FIELDS
            stored = self._database.annotations.find(of_assets, fields, session=session)
            for each in stored.hint("foveal_asset").to_list():
                annotations[each["asset_id"]].append(each)
        return _Read(assets, annotations, self._origins([each.asset_id for each in group if each.origin is None]))

    def _labelled(
        self, asset: Document, origin: AssetOriginDocument | None, stored: Sequence[Document]
    ) -> LabelledAsset:
        members = self._members(origin) if origin else {}
        name = origin["file_name"] if origin else str(asset.get("file_name") or asset["_id"])
        annotations = bodies.annotations_of(name, stored, self._masks, self._request.format)
        is_unedited = (
            origin is not None
            and len(stored) == origin["annotations"]
            and all(each.get("origin", {}).get("import_id") == origin["import_id"] for each in stored)
            and not any(each.is_edited for each in annotations)
        )
        is_video = asset.get("media_type") == "video"
        item = Asset(
            name,
            labelled=bool(annotations) or bool(asset.get("reviewed_fields")) or bool(members.get("labelled")),
            split=members.get("split"),
            width=members.get("width") or asset.get("width"),
            height=members.get("height") or asset.get("height"),
            frame_count=members.get("frame_count") or (asset.get("frame_count") if is_video else None),
            external_id=members.get("external_id"),
            extra=members.get("extra", {}),
            pointer=members.get("pointer"),
            record=members.get("record"),
        )
        leftovers = [NotImported(at, why, text, name) for at, why, text in members.get("leftovers", [])]
        return LabelledAsset(item, annotations, leftovers, is_unedited=is_unedited)

    def _origins(self, asset_ids: Sequence[str]) -> dict[str, AssetOriginDocument]:
        """Return what the last import in the format of the export has of each asset."""
        found = typed.asset_origins(self._database).find({"asset_id": {"$in": list(asset_ids)}}).sort("_id", 1)
        return {each["asset_id"]: each for each in found.to_list() if self._is_of_format(each["import_id"])}

    def _is_of_format(self, import_id: str) -> bool:
        """Tell whether an import is complete and of the format that is written."""
        if import_id not in self._imported:
            import_ = typed.imports(self._database).find_one({"_id": import_id, "state": "completed"})
            self._imported[import_id] = import_ is not None and import_["format"] == self._request.format
        return self._imported[import_id]

    def _members(self, origin: AssetOriginDocument) -> dict[str, Any]:
        text = self._bucket.get(origin["content_key"]) if "content_key" in origin else origin.get("content", "{}")
        found: dict[str, Any] = json.loads(text)
        return found
