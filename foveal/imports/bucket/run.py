"""Job of the import of a bucket: index, then facts, in batches that are finished one by one.

Each worker reads its share of the source twice, once for the index and once for the facts, and remembers the place
behind each batch. A batch that was cut off is done again: what is in the catalog by then is unchanged. Facts of objects
in the media bucket are left to ingest, which alone may tag them and hold them for a scan.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import Any, Final

from pymongo.database import Database

from foveal.aws.errors import AwsError
from foveal.catalog.author import Author
from foveal.database.client import Document
from foveal.database.stored_documents import ImportDocument
from foveal.errors import Problem
from foveal.events.outbox import pending_event
from foveal.imports import store
from foveal.imports.bucket import inventory
from foveal.imports.bucket.estimate import SMALL_BYTES, estimate
from foveal.imports.bucket.facts import FactReader
from foveal.imports.bucket.indexing import Index
from foveal.imports.bucket.report import Part, Report, shown
from foveal.imports.bucket.sources import Inventory, Listing, unreadable
from foveal.imports.bucket.store import finish_lane, place_of
from foveal.jobs import store as jobs
from foveal.jobs.run import Run, Stopped
from foveal.objects.buckets import Buckets

INDEX, FACTS, DONE = "index", "facts", "done"
FORMAT: Final = "bucket"
"""Format that the event of the end names."""


@dataclass(frozen=True, slots=True)
class BucketImportJobs:
    """The kind of job of imports of buckets."""

    database: Callable[[], Database[Document]]
    buckets: Callable[[], Buckets]

    def import_(self, run: Run) -> Mapping[str, Any]:
        """Import a worker's share of a bucket, or count and estimate it; the last worker ends the import."""
        database, import_ = self.database(), store.get(self.database(), run.job["subject"])
        try:
            return _Lane(database, self.buckets(), import_, run).work()
        except Stopped:
            store.change(database, import_["_id"], {"state": "stopped"})
            raise
        except Problem:
            store.change(database, import_["_id"], {"state": "failed"})
            for other in jobs.of_group(database, run.job):
                if other["_id"] != run.job["_id"]:
                    jobs.stop_alone(database, other)
            raise


class _Lane:
    """One worker's share of one import."""

    def __init__(self, database: Database[Document], buckets: Buckets, import_: ImportDocument, run: Run) -> None:
        self._database, self._buckets, self._import, self._run = database, buckets, import_, run
        source, given = import_["source"], run.job["input"]
        self._lane, self._lanes, self._is_dry = given["lane"], given["lanes"], bool(given["dry_run"])
        self._bucket, self._is_own = source["bucket"], buckets.is_media(source["bucket"])
        self._has_facts = source["facts"] and not self._is_dry and not self._is_own
        self._report = Report(buckets.media, import_, "check" if self._is_dry else "run")
        checkpoint = run.job["checkpoint"]
        self._phase: str = checkpoint.get("phase", INDEX)
        self._cursor: Mapping[str, Any] = checkpoint.get("cursor", {})
        self._done: int = checkpoint.get("done", 0)
        self._counts: Counter[str] = Counter(checkpoint.get("counts", {}))

    def work(self) -> Mapping[str, Any]:
        if self._phase == INDEX:
            self._index()
            self._begin(FACTS)
        if self._phase == FACTS:
            if self._has_facts:
                self._facts()
            self._begin(DONE)
        total = finish_lane(self._database, self._run.job, dict(self._counts))
        return shown(self._counts) if total is None else self._end(total)

    def _index(self) -> None:
        index = Index(self._database, self._import, self._bucket, is_own=self._is_own)
        for batch in self._source().batches(self._cursor):
            part = Part()
            rows = index.usable(batch.rows, part)
            if self._is_dry:
                for row in rows.values():
                    part.take(row, "new")
                    part.counts["readable"] += not row.is_archived
                    part.counts["small"] += not row.is_archived and row.size_bytes <= SMALL_BYTES
            else:
                index.write(rows, part)
            self._finish(part, len(batch.rows), batch.cursor)

    def _facts(self) -> None:
        index = Index(self._database, self._import, self._bucket, is_own=self._is_own)
        bucket = self._buckets.readable(self._bucket, self._import["source"]["prefix"])
        with closing(FactReader(self._database, bucket)) as reader:
            for batch in self._source().batches(self._cursor):
                part = Part()
                rows = {each: row for each, row in index.usable(batch.rows, Part()).items() if not row.is_archived}
                try:
                    reader.read(rows, part)
                except AwsError as error:
                    raise unreadable(self._bucket, error) from None
                self._finish(part, len(batch.rows), batch.cursor)

    def _source(self) -> Listing | Inventory:
        source = self._import["source"]
        if source["inventory"] is None:
            return Listing(self._buckets.readable(self._bucket, source["prefix"]), source["prefix"])
        bucket, key = place_of(source["inventory"])
        of_report = self._buckets.readable(bucket, key)
        try:
            manifest = inventory.read_manifest(of_report, key)
        except AwsError as error:
            raise unreadable(bucket, error) from None
        return Inventory(of_report, manifest, source["prefix"], self._lane, self._lanes)

    def _begin(self, phase: str) -> None:
        self._phase, self._cursor = phase, {}

    def _finish(self, part: Part, rows: int, cursor: Mapping[str, Any]) -> None:
        """Finish a batch: its report, then the place behind it with the counts so far. Raises as `Run.finish`."""
        self._report.store(f"{self._phase}/{self._lane:03}-{self._done:012}", part)
        self._counts.update(part.counts)
        first, self._done, self._cursor = self._done, self._done + max(rows, 1), cursor
        checkpoint = {"phase": self._phase, "cursor": cursor, "done": self._done, "counts": dict(self._counts)}
        self._run.finish(first, self._done, checkpoint)

    def _end(self, total: Mapping[str, int]) -> Mapping[str, Any]:
        """End the import: the report of all workers, the sum of their counts, and one event."""
        counts, source = shown(total), self._import["source"]
        changes: dict[str, Any] = {"rows": counts, "report_key": self._report.joined()}
        if self._is_dry:
            changes["estimate"] = estimate(
                rows=counts["rows"],
                objects=total.get("readable", 0),
                small=total.get("small", 0),
                size_bytes=counts["bytes"],
                workers=source["workers"],
                has_facts=source["facts"],
                is_listing=source["inventory"] is None,
            )
        else:
            self._run.events.append(self._completed(counts))
        state = "checked" if self._is_dry else "completed"
        store.change(self._database, self._import["_id"], {**changes, "state": state})
        return {name: value for name, value in changes.items() if name != "report_key"}

    def _completed(self, counts: Mapping[str, Any]) -> Any:
        import_, job = self._import, self._run.job
        detail = {
            "import_id": import_["_id"],
            "job_id": job.get("group", job["_id"]),
            "format": FORMAT,
            "asset_count": counts["imported"],
            "annotation_count": 0,
            "record_count": counts["rows"],
            "imported_count": counts["imported"],
            "not_imported_count": counts["refused"],
            "asset_events": False,
        }
        identity = (import_["_id"], detail["job_id"])
        return pending_event("ImportCompleted", import_["project"], identity, Author.now("").at, detail)
