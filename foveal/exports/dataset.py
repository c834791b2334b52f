"""Data set of an export: the assets of a selection with their annotations, as the writers of formats take it."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from pymongo.database import Database

from foveal.access.page_tokens import Position
from foveal.aws.s3 import S3
from foveal.catalog import label_schemas, saved_views
from foveal.catalog.annotations.rasters.mask_objects import MaskStore
from foveal.catalog.label_schema_models import LabelSchema
from foveal.catalog.search import search
from foveal.catalog.search.search import Search
from foveal.database import typed
from foveal.database.client import Document
from foveal.database.stored_documents import AssetOriginDocument, ImportDocument
from foveal.database.text_instants import answering
from foveal.errors import NotFound
from foveal.exports.bodies import annotations_of
from foveal.exports.requests import ExportRequest
from foveal.exports.spool import Spool
from foveal.formats.base.files.source import Source
from foveal.formats.base.model.dataset import LabelledAsset
from foveal.formats.base.model.items import Annotation, Asset, Label, NotImported
from foveal.imports.content import StoredContent

ASSETS_AT_A_TIME: Final = 200
_FIELDS: Final = (
    *("file_name", "media_type", "width", "height", "frame_count"),
    *("reviewed_fields", "label_summary", "created_at"),
)


class CatalogDataset:
    """The data set of one export. The first pass over `assets()` reads the catalog, those after it the spool.

    `import_` is the import whose files are given back, `content` and `source` are what belongs to them as a whole.
    """

    def __init__(
        self,
        database: Database[Document],
        bucket: S3,
        masks: MaskStore,
        project: str,
        request: ExportRequest,
        *,
        import_: ImportDocument | None,
        content: StoredContent,
        source: Source | None,
        spool: Spool,
        between: Callable[[], None],
    ) -> None:
        self.format = import_["format"] if import_ else request.format
        self.source = source
        self._spool = spool
        self.asset_count = 0
        """Assets of the last pass."""
        self._database, self._bucket, self._masks = database, bucket, masks
        self._project, self._request = project, request
        self._import, self._content, self._between = import_, content, between
        self._imports: dict[str, ImportDocument | None] = {}

    def labels(self) -> Sequence[Label]:
        """Return the classes: of the label schema or of the import, then those that only annotations have."""
        found = {label.name: label for label in self._schema_labels() or self._content.labels}
        many = [*(self._content.labels if not self._request.label_schema else found.values())]
        named = set(found)
        for documents in self._batches():
            for asset, _ in documents:
                for entry in asset.get("label_summary", []):
                    name = entry.get("label")
                    if name and name not in named and self._has_field(entry["field"]):
                        named.add(name)
                        many.append(Label(name))
        known = len(self._content.labels if not self._request.label_schema else found)
        return [*many[:known], *sorted(many[known:], key=lambda label: label.name)]

    def sections(self) -> Mapping[str, str]:
        return self._content.sections

    def leftovers(self) -> Sequence[NotImported]:
        return self._content.leftovers

    def assets(self) -> Iterator[LabelledAsset]:
        self.asset_count = 0
        for each in self._spool.through(self._read()):
            self.asset_count += 1
            yield each

    def _read(self) -> Iterator[LabelledAsset]:
        for documents in self._batches():
            ids = [asset["_id"] for asset, _ in documents]
            by_asset: dict[str, list[Document]] = {asset_id: [] for asset_id in ids}
            for stored in self._annotations(ids):
                by_asset[stored["asset_id"]].append(stored)
            for asset, origin in documents:
                yield self._labelled(asset, origin, by_asset[asset["_id"]])
            self._between()

    def _labelled(
        self, asset: Document, origin: AssetOriginDocument | None, stored: Sequence[Document]
    ) -> LabelledAsset:
        members = self._members(origin) if origin else {}
        name = origin["file_name"] if origin else str(asset.get("file_name") or asset["_id"])
        annotations: list[Annotation] = annotations_of(name, stored, self._masks)
        own = [each for each in stored if origin and each.get("origin", {}).get("import_id") == origin["import_id"]]
        is_unedited = (
            origin is not None
            and len(own) == len(stored) == origin["annotations"]
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

    def _annotations(self, asset_ids: Sequence[str]) -> Iterator[Document]:
        query: Document = {"asset_id": {"$in": list(asset_ids)}, "project": self._project}
        if self._request.fields:
            query["field"] = {"$in": self._request.fields}
        yield from answering(self._database.annotations).find(query).hint("foveal_asset")

    def _batches(self) -> Iterator[list[tuple[Document, AssetOriginDocument | None]]]:
        """Yield the selected assets in batches, each with what a file of the format has of it."""
        batch: list[tuple[Document, AssetOriginDocument | None]] = []
        for each in self._of_import() if self._import else self._selected():
            batch.append(each)
            if len(batch) == ASSETS_AT_A_TIME:
                yield batch
                batch = []
        if batch:
            yield batch

    def _of_import(self) -> Iterator[tuple[Document, AssetOriginDocument | None]]:
        assert self._import is not None
        origins = typed.asset_origins(self._database)
        last = -1
        while True:
            after: Document = {"import_id": self._import["_id"], "position": {"$gt": last}}
            found = list(origins.find(after).sort("position", 1).limit(ASSETS_AT_A_TIME))
            if not found:
                return
            last = found[-1]["position"]
            assets = self._ready([origin["asset_id"] for origin in found])
            yield from ((assets[each["asset_id"]], each) for each in found if each["asset_id"] in assets)

    def _selected(self) -> Iterator[tuple[Document, AssetOriginDocument | None]]:
        for documents in self._asset_pages():
            origins: dict[str, AssetOriginDocument] = {}
            ids = [asset["_id"] for asset in documents]
            for origin in typed.asset_origins(self._database).find({"asset_id": {"$in": ids}}).sort("_id", 1):
                import_ = self._import_of(origin)
                if import_ is not None and import_["format"] == self._request.format:
                    origins[origin["asset_id"]] = origin  # the last one wins
            yield from ((asset, origins.get(asset["_id"])) for asset in documents)

    def _asset_pages(self) -> Iterator[list[Document]]:
        if self._request.asset_ids is not None:
            ids = list(dict.fromkeys(self._request.asset_ids))
            for start in range(0, len(ids), ASSETS_AT_A_TIME):
                part = ids[start : start + ASSETS_AT_A_TIME]
                ready = self._ready(part)
                yield [ready[asset_id] for asset_id in part if asset_id in ready]
            return
        wanted = saved_views.narrowed(self._database, self._project, self._request.view, self._request.filter)
        query = Search(filter=wanted, sort="created_at", limit=ASSETS_AT_A_TIME, fields=list(_FIELDS))
        last: Position | None = None
        while True:
            found = search.found_after(self._database, self._project, query, last, ASSETS_AT_A_TIME)
            yield found
            if len(found) < ASSETS_AT_A_TIME:
                return
            last = Position(datetime.fromisoformat(found[-1]["created_at"]), found[-1]["_id"])

    def _ready(self, asset_ids: Sequence[str]) -> dict[str, Document]:
        named: Document = {"_id": {"$in": list(asset_ids)}, "project": self._project, "status": "ready"}
        return {each["_id"]: each for each in self._database.assets.find(named, dict.fromkeys(_FIELDS, 1))}

    def _import_of(self, origin: AssetOriginDocument) -> ImportDocument | None:
        import_id = origin["import_id"]
        if import_id not in self._imports:
            self._imports[import_id] = typed.imports(self._database).find_one({"_id": import_id, "state": "completed"})
        return self._imports[import_id]

    def _members(self, origin: AssetOriginDocument) -> dict[str, Any]:
        text = self._bucket.get(origin["content_key"]) if "content_key" in origin else origin.get("content", "{}")
        found: dict[str, Any] = json.loads(text)
        return found

    def _schema_labels(self) -> list[Label]:
        """Return the labels of the label schema that was asked for. Raises NotFound."""
        if self._request.label_schema is None:
            return []
        stored = label_schemas.find(self._database, self._project, self._request.label_schema)
        if stored is None:
            raise NotFound("There is no such label schema.")
        schema = LabelSchema.model_validate(stored["schema"])
        return [
            Label(
                label.name,
                {name: label.ids_in(name) for name in label.external_ids or {}},
                label.type,
                label.color,
                label.supercategory,
                label.isthing,
                [each.model_dump(exclude_none=True) for each in label.attributes],
                label.skeleton.model_dump() if label.skeleton else None,
            )
            for label in schema.labels
        ]

    def _has_field(self, field: str) -> bool:
        return not self._request.fields or field in self._request.fields
