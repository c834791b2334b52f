"""Jobs of imports: reading label files into annotations, and undoing it.

A run reads the files from the start: it passes over ranges of assets that are finished and writes the others. The ids
of annotations follow from the import and the record, so that a range that was cut off is written again without harm.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any, Final

from pymongo.database import Database

from foveal.aws.s3 import S3
from foveal.catalog.annotations import ids, imported_reviews, writes
from foveal.catalog.annotations.operations import Delete
from foveal.catalog.annotations.rasters.mask_objects import MaskStore
from foveal.catalog.author import Author
from foveal.database import typed
from foveal.database.client import Document
from foveal.database.stored_documents import ImportDocument
from foveal.errors import Problem, Unprocessable
from foveal.events.outbox import pending_event
from foveal.formats.base.model.context import Context
from foveal.formats.base.model.items import FormatError, Question
from foveal.formats.inspection import line_of
from foveal.formats.reading import read
from foveal.formats.registry import chosen
from foveal.imports import content, sources, store
from foveal.imports.bucket import undo as bucket_undo
from foveal.imports.grouping import FileContent, Group, groups
from foveal.imports.label_schema import ImportedSchema
from foveal.imports.project_assets import ProjectAssets
from foveal.imports.report import Part, Report, totals
from foveal.imports.writing import RangeWriter
from foveal.jobs.overlap import overlapped
from foveal.jobs.run import Run, Stopped
from foveal.objects.keys import import_key

ASSETS_IN_RANGE: Final = 250
"""At most; a multiple of it ends a range in any case, so that an import that an earlier version began goes on."""
RECORDS_IN_RANGE: Final = 2_000
"""A range ends at so many, the size of two transactions, for files with many records an asset: two are in memory."""
DELETIONS_AT_A_TIME: Final = 100
MAX_QUESTIONS: Final = 100


@dataclass(frozen=True, slots=True)
class ImportJobs:
    """The kinds of job of imports."""

    database: Callable[[], Database[Document]]
    bucket: Callable[[], S3]
    masks: Callable[[], MaskStore]

    def import_(self, run: Run) -> Mapping[str, Any]:
        """Read the label files of an import; write their annotations, or only count and ask."""
        import_ = store.get(self.database(), run.job["subject"])
        is_dry = bool(run.job["input"]["dry_run"])
        with self._stating(import_, "checked" if is_dry else "completed"):
            return self._import(run, import_, is_dry=is_dry)

    def undo(self, run: Run) -> Mapping[str, Any]:
        """Delete the files of an import and its annotations that nobody has edited since; take back its reviews.

        Of the import of a bucket, remove the assets that nobody has used since.
        """
        import_ = store.get(self.database(), run.job["subject"])
        with self._stating(import_, "undone"):
            if "source" in import_:
                return bucket_undo.undo(self.database(), self.bucket(), import_, run)
            return self._undo(run, import_)

    @contextmanager
    def _stating(self, import_: ImportDocument, state: str) -> Iterator[None]:
        """State at the end what became of the import. An error that is tried again leaves it as it is."""
        try:
            yield
        except FormatError as error:
            store.change(self.database(), import_["_id"], {"state": "failed"})
            raise Unprocessable(f"{error.code}: {error.message}") from None
        except Stopped:
            store.change(self.database(), import_["_id"], {"state": "stopped"})
            raise
        except Problem:
            store.change(self.database(), import_["_id"], {"state": "failed"})
            raise
        store.change(self.database(), import_["_id"], {"state": state})

    def _import(self, run: Run, import_: ImportDocument, *, is_dry: bool) -> Mapping[str, Any]:
        database, bucket, import_id = self.database(), self.bucket(), import_["_id"]
        found, questions, counts = FileContent(), list[dict[str, Any]](), dict(run.job["checkpoint"])
        report = Report(bucket, import_, "check" if is_dry else "run")
        firsts: list[int] = []
        with sources.opened(bucket, import_) as (source, file_sha256):
            format_ = chosen(source, import_["format"])
            run.expect(import_.get("counts", {}).get("assets"))
            assets = ProjectAssets(database, import_["project"])
            context = Context(import_["options"], assets, None, assets.names)
            writer = RangeWriter(database, bucket, self.masks(), import_, assets, file_sha256)
            schema = ImportedSchema(database, import_, is_dry=is_dry)
            end = 0

            def ranges() -> Iterator[_Range]:
                for range_ in _ranges(groups(read(source, format_, context), found)):
                    if not run.is_finished(range_.first, range_.end):
                        schema.before_range(found)
                    yield range_

            def write(range_: _Range) -> Part | None:
                is_finished = run.is_finished(range_.first, range_.end)
                return None if is_finished else writer.write(range_.groups, is_dry=is_dry)

            with closing(overlapped(ranges(), write)) as written:
                for range_, part in written:
                    first, end = range_.first, range_.end
                    questions += range_.questions()
                    del range_  # a third range would be in memory, beside the one that is written and the next
                    firsts.append(first)
                    if part is None:
                        continue
                    report.store(first, part)
                    counts = {name: counts.get(name, 0) + part.counts.get(name, 0) for name in {*counts, *part.counts}}
                    run.finish(first, end, counts)
            last = Part()
            written_schema = schema.finish(found, last) if counts.get("imported") else None
            report.store(end, last)
            counts["warnings"] = counts.get("warnings", 0) + last.counts["warnings"]
        result: dict[str, Any] = {
            "format": format_.name,
            "counts": totals(counts),
            "questions": questions[:MAX_QUESTIONS],
            "report_key": report.joined([*firsts, end]),
        }
        changes: dict[str, Any] = {**result, **({"file_sha256": file_sha256} if file_sha256 else {})}
        if written_schema is not None:
            changes["label_schema_result"] = written_schema
        if not is_dry:
            changes["content_key"] = import_key(import_["project"], import_id, "content.jsonl")
            content.store(bucket, changes["content_key"], found)
            run.events.append(_completed(run, import_, result))
        store.change(database, import_id, changes)
        return {name: value for name, value in result.items() if name != "report_key"}

    def _undo(self, run: Run, import_: ImportDocument) -> Mapping[str, Any]:
        database, project = self.database(), import_["project"]
        author = Author.now(run.job["created_by"], tool="import")
        origins = typed.asset_origins(database)
        total = origins.count_documents({"import_id": import_["_id"]})
        counts = {"deleted": 0, "edited": 0} | run.job["checkpoint"]
        for first, end in run.left(total, ASSETS_IN_RANGE):
            where = {"import_id": import_["_id"]}
            asset_ids = [e["asset_id"] for e in origins.find(where).sort("position", 1).skip(first).limit(end - first)]
            mine = {"asset_id": {"$in": asset_ids}, "project": project, "origin.import_id": import_["_id"]}
            stored = list(database.annotations.find(mine, {"revision": 1, "origin.edited": 1}).hint("foveal_asset"))
            untouched = [each for each in stored if not each["origin"].get("edited")]
            deletions = [
                Delete(op="delete", annotation_id=ids.public(each["_id"]), revision=each["revision"])
                for each in untouched
            ]
            outcomes = list(writes.stream(database, project, author, deletions, masks=self.masks()))
            refused = sum(isinstance(each, Problem) for each in outcomes)
            counts["deleted"] += len(outcomes) - refused
            counts["edited"] += len(stored) - len(untouched) + refused
            imported_reviews.take_back(database, project, import_["_id"], asset_ids, author)
            run.finish(first, end, counts)
        self._delete_files(run, import_)
        origins.delete_many({"import_id": import_["_id"]})  # last, since its order is that of the ranges
        return {"counts": counts}

    def _delete_files(self, run: Run, import_: ImportDocument) -> None:
        """Delete the label files of an import and what it kept of them; its reports stay."""
        keys = [each["key"] for each in import_["files"]]
        keys += [import_["content_key"]] if "content_key" in import_ else []
        large = {"import_id": import_["_id"], "content_key": {"$exists": True}}
        keys += [each["content_key"] for each in typed.asset_origins(self.database()).find(large, {"content_key": 1})]
        for number, key in enumerate(keys):
            if number % DELETIONS_AT_A_TIME == 0:
                run.renew()
            self.bucket().delete(key)


@dataclass(frozen=True, slots=True)
class _Range:
    """Groups of a file, the first at a position of the file."""

    groups: Sequence[Group]

    @property
    def first(self) -> int:
        return self.groups[0].position

    @property
    def end(self) -> int:
        return self.first + len(self.groups)

    def questions(self) -> list[dict[str, Any]]:
        """Return the questions as `foveal labels inspect` prints them."""
        return [line_of(each) or {} for group in self.groups for each in group.told if isinstance(each, Question)]


def _ranges(found: Iterator[Group]) -> Iterator[_Range]:
    """Yield the groups in ranges, of which one ends at each multiple of `ASSETS_IN_RANGE` in any case."""
    taken: list[Group] = []
    records = 0
    for group in found:
        taken.append(group)
        records += len(group.records)
        if records >= RECORDS_IN_RANGE or (group.position + 1) % ASSETS_IN_RANGE == 0:
            yield _Range(taken)
            taken, records = [], 0
    if taken:
        yield _Range(taken)


def _completed(run: Run, import_: ImportDocument, result: Mapping[str, Any]) -> Any:
    counts = result["counts"]
    detail = {
        "import_id": import_["_id"],
        "job_id": run.job["_id"],
        "format": result["format"],
        "asset_count": counts["assets_matched"],
        "annotation_count": counts["annotations"],
        "record_count": counts["records"],
        "imported_count": counts["imported"],
        "not_imported_count": counts["not_imported"],
        "asset_events": store.has_asset_events(import_),
    }
    author = Author.now(import_["created_by"])
    return pending_event("ImportCompleted", import_["project"], (import_["_id"], run.job["_id"]), author.at, detail)
