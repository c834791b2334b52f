"""Job of an export: ranges of assets become parts in the bucket, and the parts become files with a report of losses.

The last units of the job are the files, mostly one. Each is written in one go by one worker, which begins with all of
its time where the parts are large; another worker writes it again from the parts.
"""

import json
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
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
from foveal.exports import classes, parts, volumes, writing
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
                result = self._files(run, request, import_, Path(folder), done, own)
        except FormatError as error:
            raise Unprocessable(f"{error.code}: {error.message}") from None
        except TimeIsUp:
            if run.job["attempts"] >= MAX_WRITES:
                raise Unprocessable(_too_large("cannot be written in the time of one worker")) from None
            raise
        run.finish_all(result["asset_count"] + max(1, len(result.get("files", ()))))
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
        if "written" in done:  # all was read before the first file
            return done, own
        labels = parts.labels_up_to(self.bucket(), done["part"], folder, own)
        while part := parts.take(folder, done["part"], left, time.monotonic, labels):
            first, labels = done["assets"], sorted(part.labels)
            key = export_key(project, run.job["_id"], f"parts/{first:09}-{run.job['worker']}.jsonl.gz")
            done = volumes.with_part(done, key, part)
            own[key] = part
            if part.is_last and not first and run.has(done["bytes"] / writing.BYTES_PER_SECOND):
                break
            own[key] = parts.store(self.bucket(), key, part)
            run.finish(first, done["assets"], done)
        return done, own

    def _files(
        self,
        run: Run,
        request: ExportRequest,
        import_: ImportDocument | None,
        folder: Path,
        done: Mapping[str, Any],
        own: Mapping[str, parts.Part],
    ) -> dict[str, Any]:
        """Write the files from the parts, store them, and return the result of the job."""
        found = volumes.volumes_of(done) or [{"part": None, "assets": 0, "bytes": 0}]
        written: list[Mapping[str, Any]] = list(done.get("written", ()))
        run.expect(done["assets"] + len(found))
        labels = parts.labels_up_to(self.bucket(), done["part"], folder, own) if len(found) > 1 else ()
        for number, volume in enumerate(found[len(written) :], len(written)):
            before: volumes.Volume = found[number - 1] if number else {"part": None, "assets": 0}
            run.reserve(volume["bytes"] / writing.BYTES_PER_SECOND)
            name = volumes.name_of(writing.check(request), number, len(found))
            with tempfile.TemporaryDirectory(dir=folder) as fetched, ExitStack() as stack:
                local = parts.fetch(
                    self.bucket(), volume["part"], Path(fetched), own, run.renew, before["part"]
                ).with_labels(labels)
                (Path(fetched) / "file").mkdir()
                path = Path(fetched) / "file" / name
                dataset = stack.enter_context(self._dataset(run, request, import_, local, is_first=not number))
                losses = writing.write(request, dataset, path)
                key = export_key(run.job["project"], run.job["_id"], name)
                size = upload(self.bucket(), path, key, "application/octet-stream")
            file = {
                "key": key,
                "size_bytes": size,
                "asset_count": volume["assets"] - before["assets"],
                "annotation_count": losses.written,
                "left_out_count": losses.left_out,
                "losses": [loss.document() for loss in losses.losses()],
            }
            written.append(file)
            if len(written) < len(found):
                at = done["assets"] + number
                run.finish(at, at + 1, {**done, "written": written})
        return volumes.result_of(request.format, written)

    @contextmanager
    def _dataset(
        self,
        run: Run,
        request: ExportRequest,
        import_: ImportDocument | None,
        local: parts.LocalParts,
        *,
        is_first: bool,
    ) -> Iterator[StoredDataset]:
        database, bucket, project = self.database(), self.bucket(), run.job["project"]
        labels = classes.labels_of(database, project, request)
        whole, source = StoredContent(), None
        with ExitStack() as stack:
            if import_ is not None and import_["format"] == request.format:
                source, _ = stack.enter_context(sources.opened(bucket, import_))
                whole = content.load(bucket, import_["content_key"]) if "content_key" in import_ else whole
            if not is_first:
                whole = replace(whole, leftovers=[])
            format_ = import_["format"] if import_ else request.format
            yield StoredDataset(format_, local, content=whole, source=source, labels=labels, between=run.renew)


def _too_large(why: str) -> str:
    return f"The annotations {why}: export them in several files, by a filter or by layers (`fields`)."


def _completed(run: Run, bucket: str, result: Mapping[str, Any]) -> Any:
    names = ("format", "key", "asset_count", "annotation_count", "size_bytes")
    detail = {"job_id": run.job["_id"], "bucket": bucket, **{name: result[name] for name in names}}
    if "files" in result:
        detail["keys"] = [each["key"] for each in result["files"]]
    at = Author.now(run.job["created_by"]).at
    return pending_event("ExportCompleted", run.job["project"], (run.job["_id"],), at, detail)
