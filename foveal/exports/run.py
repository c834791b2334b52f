"""Job of an export: ranges of assets become parts in the bucket, and the parts become a file with a report of losses.

The last unit of the job is the file. It is written in one go by one worker, which begins with all of its time where
the parts are large; another worker writes it again from the parts.
"""

import json
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from pymongo.database import Database

from foveal.aws.s3 import S3
from foveal.catalog.annotations.rasters.mask_objects import MaskStore
from foveal.catalog.author import Author
from foveal.database.client import Document
from foveal.database.stored_documents import ImportDocument
from foveal.errors import Unprocessable
from foveal.events.outbox import pending_event
from foveal.exports import classes, parts, writing
from foveal.exports.catalog_assets import CatalogAssets
from foveal.exports.dataset import StoredDataset
from foveal.exports.pinned_assets import PinnedAssets
from foveal.exports.requests import ExportRequest, parse
from foveal.exports.selections import selection_of
from foveal.formats.base.model.items import FormatError
from foveal.imports import content, sources
from foveal.imports import store as imports
from foveal.imports.content import StoredContent
from foveal.jobs.files import upload
from foveal.jobs.run import Run, TimeIsUp
from foveal.objects.keys import export_key

MAX_WRITES: Final = 2
"""Workers that may use up all of their time with the file before the export counts as too large."""


@dataclass(frozen=True, slots=True)
class ExportJobs:
    """The kind of job of exports."""

    database: Callable[[], Database[Document]]
    bucket: Callable[[], S3]
    masks: Callable[[], MaskStore]

    def export(self, run: Run) -> Mapping[str, Any]:
        """Write the file of an export and store it."""
        request = parse(json.loads(run.job["input"]["request"]))
        import_ = imports.get(self.database(), request.import_id) if request.import_id else None
        try:
            writing.check(request)
            with tempfile.TemporaryDirectory(prefix="export-") as folder:
                done, own = self._read(run, request, import_, Path(folder))
                run.reserve(done.get("bytes", 0) / writing.BYTES_PER_SECOND)
                result = self._written(run, request, import_, Path(folder), done, own)
        except FormatError as error:
            raise Unprocessable(f"{error.code}: {error.message}") from None
        except TimeIsUp:
            if run.job["attempts"] >= MAX_WRITES:
                raise Unprocessable(_too_large("cannot be written in the time of one worker")) from None
            raise
        run.finish_all(result["asset_count"] + 1)
        run.events.append(_completed(run, self.bucket().bucket, result))
        return result

    def _read(
        self, run: Run, request: ExportRequest, import_: ImportDocument | None, folder: Path
    ) -> tuple[Mapping[str, Any], Mapping[str, parts.Part]]:
        """Read the assets into parts; return how far that is, as the checkpoint says it, and the parts on disk by key.

        Parts are stored, and so finished ranges; but one that holds all assets is written to the file at once.
        """
        database, project, begun_at = self.database(), run.job["project"], run.job["created_at"]
        assets: CatalogAssets | PinnedAssets
        if request.dataset is not None:
            assets = PinnedAssets(database, self.bucket(), self.masks(), project, request)
        else:
            selection = selection_of(database, project, request, import_, begun_at)
            assets = CatalogAssets(database, self.bucket(), self.masks(), project, request, selection)
        done = run.job["checkpoint"] or {"assets": 0, "bytes": 0, "part": None, "position": None}
        if not run.job["checkpoint"]:
            count = assets.count()
            run.expect(None if count is None else count + 1)
        left, own = assets.after(done["position"]), dict[str, parts.Part]()
        while part := parts.take(folder, done["part"], left, time.monotonic):
            first = done["assets"]
            key = export_key(project, run.job["_id"], f"parts/{first:09}-{run.job['worker']}.jsonl.gz")
            end, size = first + part.assets, done["bytes"] + part.size_bytes
            if size > writing.MAX_BYTES:
                raise Unprocessable(_too_large(f"have more than {writing.MAX_BYTES} bytes after {end} assets"))
            done = {"assets": end, "bytes": size, "part": key, "position": part.position}
            own[key] = part
            if part.is_last and not first and run.has(size / writing.BYTES_PER_SECOND):
                break
            own[key] = parts.store(self.bucket(), key, part)
            run.finish(first, end, done)
        run.expect(done["assets"] + 1)
        return done, own

    def _written(
        self,
        run: Run,
        request: ExportRequest,
        import_: ImportDocument | None,
        folder: Path,
        done: Mapping[str, Any],
        own: Mapping[str, parts.Part],
    ) -> dict[str, Any]:
        """Write the file from the parts, store it, and return the result of the job."""
        with ExitStack() as stack:
            local = parts.fetch(self.bucket(), done.get("part"), folder, own, run.renew)
            (folder / "file").mkdir()
            dataset = stack.enter_context(self._dataset(run, request, import_, local))
            path, losses = writing.write(request, dataset, folder / "file")
            key = export_key(run.job["project"], run.job["_id"], path.name)
            size = upload(self.bucket(), path, key, "application/octet-stream")
        return {
            "format": request.format,
            "key": key,
            "size_bytes": size,
            "asset_count": done.get("assets", 0),
            "annotation_count": losses.written,
            "left_out_count": losses.left_out,
            "losses": [loss.document() for loss in losses.losses()],
        }

    @contextmanager
    def _dataset(
        self, run: Run, request: ExportRequest, import_: ImportDocument | None, local: parts.LocalParts
    ) -> Iterator[StoredDataset]:
        database, bucket, project = self.database(), self.bucket(), run.job["project"]
        labels = classes.labels_of(database, project, request)
        whole, source = StoredContent(), None
        with ExitStack() as stack:
            if import_ is not None and import_["format"] == request.format:
                source, _ = stack.enter_context(sources.opened(bucket, import_))
                whole = content.load(bucket, import_["content_key"]) if "content_key" in import_ else whole
            format_ = import_["format"] if import_ else request.format
            yield StoredDataset(format_, local, content=whole, source=source, labels=labels, between=run.renew)


def _too_large(why: str) -> str:
    return f"The annotations {why}: export them in several files, by a filter or by layers (`fields`)."


def _completed(run: Run, bucket: str, result: Mapping[str, Any]) -> Any:
    names = ("format", "key", "asset_count", "annotation_count", "size_bytes")
    detail = {"job_id": run.job["_id"], "bucket": bucket, **{name: result[name] for name in names}}
    at = Author.now(run.job["created_by"]).at
    return pending_event("ExportCompleted", run.job["project"], (run.job["_id"],), at, detail)
