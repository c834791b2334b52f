"""Job of an export: a file or an archive in the bucket, with a report of each loss.

An export is one range: a worker that ends before the file is whole leaves nothing, and the next one starts again.
"""

import json
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pymongo.database import Database

from foveal.aws.s3 import S3
from foveal.catalog.annotations.rasters.mask_objects import MaskStore
from foveal.catalog.author import Author
from foveal.database.client import Document
from foveal.errors import Unprocessable
from foveal.events.outbox import pending_event
from foveal.exports.dataset import CatalogDataset
from foveal.exports.requests import ExportRequest, parse
from foveal.exports.spool import Spool
from foveal.formats.base.files.target import open_target
from foveal.formats.base.model.context import Context
from foveal.formats.base.model.items import FormatError
from foveal.formats.base.model.loss import LossReport
from foveal.formats.registry import load
from foveal.imports import content, sources
from foveal.imports import store as imports
from foveal.imports.content import StoredContent
from foveal.jobs.files import upload
from foveal.jobs.run import Run
from foveal.objects.keys import export_key


@dataclass(frozen=True, slots=True)
class ExportJobs:
    """The kind of job of exports."""

    database: Callable[[], Database[Document]]
    bucket: Callable[[], S3]
    masks: Callable[[], MaskStore]

    def export(self, run: Run) -> Mapping[str, Any]:
        """Write the file of an export and store it."""
        request = parse(json.loads(run.job["input"]["request"]))
        run.expect(1)
        with ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="export-")))
            try:
                dataset = stack.enter_context(self._dataset(run, request))
                path, losses = self._write(request, dataset, folder)
            except FormatError as error:
                raise Unprocessable(f"{error.code}: {error.message}") from None
            key = export_key(run.job["project"], run.job["_id"], path.name)
            size = upload(self.bucket(), path, key, "application/octet-stream")
        result = {
            "format": request.format,
            "key": key,
            "size_bytes": size,
            "asset_count": dataset.asset_count,
            "annotation_count": losses.written,
            "left_out_count": losses.left_out,
            "losses": [loss.document() for loss in losses.losses()],
        }
        run.events.append(_completed(run, self.bucket().bucket, result))
        return result

    def _write(self, request: ExportRequest, dataset: CatalogDataset, folder: Path) -> tuple[Path, LossReport]:
        format_, losses = load(request.format), LossReport()
        if format_.write is None:
            raise FormatError("no_writer", f"{format_.name} can be read, but not written.")
        path = folder / (request.file_name or f"{request.format}.zip")
        if "." not in path.name:
            raise FormatError("not_one_file", "An export is one file: name it with a suffix, or .zip for several.")
        with open_target(path) as target:
            format_.write(dataset, target, Context(request.options), losses)
        if others := sorted(each.name for each in folder.iterdir() if each != path):
            raise FormatError("not_one_file", f"The format also writes {', '.join(others[:3])}: name a .zip or a .tar.")
        return path, losses

    @contextmanager
    def _dataset(self, run: Run, request: ExportRequest) -> Iterator[CatalogDataset]:
        database, bucket, project = self.database(), self.bucket(), run.job["project"]
        import_ = imports.get(database, request.import_id) if request.import_id else None
        with ExitStack() as stack:
            whole = StoredContent()
            source = None
            if import_ is not None and import_["format"] == request.format:
                source, _ = stack.enter_context(sources.opened(bucket, import_))
                whole = content.load(bucket, import_["content_key"]) if "content_key" in import_ else whole
            yield CatalogDataset(
                database,
                bucket,
                self.masks(),
                project,
                request,
                import_=import_,
                content=whole,
                source=source,
                spool=Spool(stack.enter_context(tempfile.TemporaryFile())),
                between=run.check,
            )


def _completed(run: Run, bucket: str, result: Mapping[str, Any]) -> Any:
    names = ("format", "key", "asset_count", "annotation_count", "size_bytes")
    detail = {"job_id": run.job["_id"], "bucket": bucket, **{name: result[name] for name in names}}
    at = Author.now(run.job["created_by"]).at
    return pending_event("ExportCompleted", run.job["project"], (run.job["_id"],), at, detail)
