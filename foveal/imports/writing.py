"""Writing of one range of assets: annotations in bulk, what the file has of each asset, and what was told."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from pymongo import ReplaceOne
from pymongo.database import Database

from foveal.aws.s3 import S3
from foveal.catalog.annotations import ids, writes
from foveal.catalog.annotations.operations import Create
from foveal.catalog.annotations.rasters.mask_objects import MAX_RECORD_CHARACTERS, MaskStore
from foveal.catalog.author import Author
from foveal.database import typed
from foveal.database.client import Document
from foveal.database.stored_documents import AssetOriginDocument, ImportDocument
from foveal.database.vocabulary import SCHEMA_VERSION
from foveal.errors import Problem
from foveal.formats.base.model.items import Annotation, Asset, FileWarning, NotImported
from foveal.imports.grouping import Group
from foveal.imports.label_schema import DEFAULT_LAYER
from foveal.imports.project_assets import ProjectAssets
from foveal.imports.records import operations
from foveal.imports.report import Part
from foveal.imports.store import has_asset_events
from foveal.objects.keys import import_key


class RangeWriter:
    """Writes ranges of assets of one import; writing a range again changes nothing."""

    def __init__(
        self,
        database: Database[Document],
        bucket: S3,
        masks: MaskStore,
        import_: ImportDocument,
        assets: ProjectAssets,
        file_sha256: str | None,
    ) -> None:
        self._database, self._bucket, self._masks = database, bucket, masks
        self._import, self._assets, self._sha256 = import_, assets, file_sha256
        self._author = Author.now(import_["created_by"], tool="import", import_id=import_["_id"])
        self._asset_events = has_asset_events(import_)

    def write(self, groups: Sequence[Group], *, is_dry: bool) -> Part:
        """Write groups, or only match and count them; return what is told and counted."""
        part = Part()
        matched: list[tuple[Group, str]] = []
        for group in groups:
            for item in group.told:
                part.tell(item)
            if group.asset is not None:
                asset_id = self._match(group.asset, group.records, part)
                if asset_id is not None:
                    matched.append((group, asset_id))
        if is_dry:
            for group, _ in matched:
                for record in group.records:
                    part.count_imported(len(record))
        else:
            self._write(matched, part)
        return part

    def _match(self, asset: Asset, records: Sequence[Sequence[Annotation]], part: Part) -> str | None:
        """Return the id of the asset that a name of the file stands for; tell its records where there is none."""
        part.counts["assets"] += 1
        found = self._assets.find(asset.file_name)
        if found is not None and len(found.ids) == 1:
            part.counts["assets_matched"] += 1
            if found.match.how == "base_name" and "/" in asset.file_name:
                told = f"{asset.file_name} was found by its base name alone, as {found.match.name}."
                part.tell(FileWarning("matched_by_base_name", told, asset.pointer or asset.file_name))
            return found.ids[0]
        reason = (
            f"the project has no asset that {asset.file_name} stands for, or several"
            if found is None
            else f"the project has {len(found.ids)} assets that are called {found.match.name}"
        )
        if not records:
            part.tell(FileWarning("no_asset", f"{asset.file_name}: {reason}.", asset.pointer or asset.file_name))
        for record in records:
            part.tell(NotImported(record[0].pointer, reason, record[0].record or "", asset.file_name))
        return None

    def _write(self, matched: Sequence[tuple[Group, str]], part: Part) -> None:
        drafts: list[tuple[list[Annotation], list[Create]]] = []
        for group, asset_id in matched:
            for record in group.records:
                made = list(operations(self._import["_id"], asset_id, record, self._sha256))
                for _, warning in made:
                    if warning is not None:
                        part.tell(warning)
                drafts.append((record, [create for create, _ in made]))
        self._store_origins(matched, {})  # first, so that undoing finds each asset that has annotations
        problems = self._carry_out([create for _, creates in drafts for create in creates])
        written: dict[str, int] = {}
        for record, creates in drafts:
            refused = [problems[str(each.annotation_id)] for each in creates if str(each.annotation_id) in problems]
            done = len(creates) - len(refused)
            first = record[0]
            if done:
                part.count_imported(done)
                written[creates[0].asset_id] = written.get(creates[0].asset_id, 0) + done
                for problem in refused:
                    told = f"A part of the record is not imported: {problem.detail}"
                    part.tell(FileWarning("part_refused", told, first.pointer))
            else:
                part.tell(NotImported(first.pointer, refused[0].detail, first.record or "", first.asset))
        self._store_origins(matched, written)
        self._mark_reviewed(matched)

    def _carry_out(self, creates: Sequence[Create]) -> dict[str, Problem]:
        """Make the annotations that are not there yet; return the problems of those that are refused, by id."""
        project = self._import["project"]
        by_id = {ids.named(str(each.annotation_id), project): each for each in creates}
        there = {
            each["_id"]
            for names in _slices(list(by_id), 10_000)
            for each in self._database.annotations.find({"_id": {"$in": names}}, {"_id": 1})
        }
        new = [create for stored_id, create in by_id.items() if stored_id not in there]
        outcomes = writes.stream(
            self._database, project, self._author, new, clip=True, asset_events=self._asset_events, masks=self._masks
        )
        return {
            str(create.annotation_id): outcome
            for create, outcome in zip(new, outcomes, strict=True)
            if isinstance(outcome, Problem)
        }

    def _store_origins(self, matched: Sequence[tuple[Group, str]], written: dict[str, int]) -> None:
        """Store what the file has of each asset, for an export that gives it back."""
        stored = [self._origin(group, asset_id, written.get(asset_id, 0)) for group, asset_id in matched]
        if stored:
            typed.asset_origins(self._database).bulk_write(
                [ReplaceOne({"_id": each["_id"]}, each, upsert=True) for each in stored], ordered=False
            )

    def _origin(self, group: Group, asset_id: str, annotations: int) -> AssetOriginDocument:
        assert group.asset is not None
        import_id, project = self._import["_id"], self._import["project"]
        origin: AssetOriginDocument = {
            "_id": f"{import_id}/{group.position:09}",
            "project": project,
            "import_id": import_id,
            "asset_id": asset_id,
            "position": group.position,
            "file_name": group.asset.file_name,
            "annotations": annotations,
            "schema_version": SCHEMA_VERSION,
        }
        text = json.dumps(_content_of(group), ensure_ascii=False, separators=(",", ":"))
        if len(text) <= MAX_RECORD_CHARACTERS:
            return {**origin, "content": text}
        key = import_key(project, import_id, f"assets/{group.position:09}.json")
        self._bucket.put(key, text.encode(), "application/json")
        return {**origin, "content_key": key}

    def _mark_reviewed(self, matched: Sequence[tuple[Group, str]]) -> None:
        """Mark assets as reviewed that the file says somebody has looked at, and found nothing on."""
        layer = self._import["options"].get("field", DEFAULT_LAYER)
        empty = [asset_id for group, asset_id in matched if group.asset and group.asset.labelled and not group.records]
        wanted = {"_id": {"$in": empty}, "reviewed_fields": {"$ne": layer}, "label_summary.field": {"$ne": layer}}
        for asset in self._database.assets.find(wanted, {"project": 1, "annotation_revision": 1}):
            known = int(asset.get("annotation_revision", 0))
            try:
                writes.replace_layer(
                    self._database,
                    asset,
                    self._author,
                    layer,
                    [],
                    known_revision=known,
                    reviewed=True,
                    asset_events=self._asset_events,
                    masks=self._masks,
                )
            except Problem:  # somebody annotates it at this moment, or deletes it: it is not empty any more
                continue


def _content_of(group: Group) -> dict[str, Any]:
    """Return what the file has of an asset beside its annotations, as JSON values."""
    assert group.asset is not None
    asset = group.asset
    members = {
        "labelled": asset.labelled,
        "split": asset.split,
        "width": asset.width,
        "height": asset.height,
        "frame_count": asset.frame_count,
        "external_id": asset.external_id,
        "extra": dict(asset.extra) or None,
        "pointer": asset.pointer,
        "record": asset.record,
        "leftovers": [[each.pointer, each.reason, each.record] for each in group.leftovers] or None,
    }
    return {name: value for name, value in members.items() if value is not None}


def _slices(names: list[str], size: int) -> Iterator[list[str]]:
    for start in range(0, len(names), size):
        yield names[start : start + size]
