"""Assets of an export as a data set version pins them: splits, file names, annotations in their pinned revisions."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from pymongo.database import Database

from foveal.aws.errors import InvalidObjectState, NoSuchKey
from foveal.aws.s3 import S3
from foveal.catalog.annotations.rasters.mask_objects import MaskStore
from foveal.database.client import Document
from foveal.datasets import rebuild, versions
from foveal.datasets.documents import VersionDocument
from foveal.datasets.tree.members import Leaf, Line, checksum_of
from foveal.datasets.tree.page_store import PageStore
from foveal.errors import Conflict
from foveal.exports.bodies import annotations_of
from foveal.exports.requests import ExportRequest
from foveal.formats.base.model.dataset import LabelledAsset
from foveal.formats.base.model.items import Asset
from foveal.ingest.bucket import MediaBucket
from foveal.ingest.observation import NotThere, observe_version
from foveal.objects.buckets import is_external

MAX_MEMBERS: Final = 200
MAX_ANNOTATIONS: Final = 5_000
"""Annotations in memory at a time, beyond those of one asset."""
_FACTS: Final = ("media_type", "width", "height", "frame_count")
_FIELDS: Final = dict.fromkeys((*_FACTS, "checksums", "s3.version_id", "s3.etag", "s3.is_external"), 1)


class PinnedAssets:
    """Reader of the members of a version, by asset id.

    What no version pins is left out: records and members of assets in label files, marks of review.
    """

    def __init__(
        self, database: Database[Document], bucket: S3, masks: MaskStore, project: str, request: ExportRequest
    ) -> None:
        """Find the version. Raises NotFound, and Conflict for one that is not complete."""
        self._database, self._masks, self._project, self._request = database, masks, project, request
        self._store, self._media = PageStore(database, bucket, project), MediaBucket(bucket)
        self._version = self._ready()

    def count(self) -> int | None:
        """Return the number of members."""
        return self._version["asset_count"]

    def after(self, position: Any) -> Iterator[tuple[Any, LabelledAsset]]:
        """Yield the members behind an asset id, or all without one, each with its id.

        Raises NotFound for a version that is deleted meanwhile, and Conflict for content that is not there any more.
        """
        try:
            for lines in _groups(self._store.lines_after(self._version["_id"], position or "")):
                yield from self._labelled([(line, line.content()) for line in lines])
        except NoSuchKey:
            self._ready()
            raise
        self._ready()

    def _ready(self) -> VersionDocument:
        assert self._request.dataset is not None
        return versions.ready(self._database, self._project, self._request.dataset, str(self._request.version))

    def _labelled(self, members: Sequence[tuple[Line, Leaf]]) -> Iterator[tuple[Any, LabelledAsset]]:
        pins = [(leaf.asset_id, ref) for _, leaf in members for ref in leaf.annotations]
        states = rebuild.annotations(self._database, self._project, pins)
        named: Document = {"_id": {"$in": [leaf.asset_id for _, leaf in members]}, "project": self._project}
        assets = {each["_id"]: each for each in self._database.assets.find(named, _FIELDS)}
        for line, leaf in members:
            facts = self._facts(line, leaf, assets.get(leaf.asset_id, {}))
            stored = [states[ref.id, ref.revision] for ref in leaf.annotations]
            if self._request.fields:
                stored = [each for each in stored if each["field"] in self._request.fields]
            name = leaf.file_name or leaf.asset_id
            annotations = annotations_of(name, stored, self._masks, self._request.format)
            item = Asset(
                name,
                labelled=bool(annotations),
                split=leaf.split,
                width=facts.get("width"),
                height=facts.get("height"),
                frame_count=facts.get("frame_count") if facts.get("media_type") == "video" else None,
            )
            yield leaf.asset_id, LabelledAsset(item, annotations)

    def _facts(self, line: Line, leaf: Leaf, asset: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the facts of the pinned bytes: those of the asset while it has them, else out of the bytes."""
        s3 = asset.get("s3") or {}
        if line.s3.version_id is None or s3.get("version_id") == line.s3.version_id:
            return asset
        if leaf.checksum and checksum_of(asset.get("checksums"), s3.get("etag")) == leaf.checksum:
            return asset
        if is_external(asset):
            raise Conflict(f"The pinned bytes of the asset {leaf.asset_id} were replaced in the bucket they lie in.")
        try:
            return observe_version(self._media, line.s3.key, line.s3.version_id).facts.document()
        except (NotThere, InvalidObjectState):
            raise Conflict(
                f"The pinned bytes of the asset {leaf.asset_id} were replaced, and are archived or deleted since: "
                f"GET …/datasets/{self._version['dataset']}/versions/{self._version['version']}/replaced lists them."
            ) from None


def _groups(lines: Iterator[Line]) -> Iterator[list[Line]]:
    """Yield lines in groups whose annotations fit into memory."""
    group: list[Line] = []
    expected = 0
    for line in lines:
        if group and (len(group) == MAX_MEMBERS or expected + line.annotations > MAX_ANNOTATIONS):
            yield group
            group, expected = [], 0
        group.append(line)
        expected += line.annotations
    if group:
        yield group
