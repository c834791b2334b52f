"""Creation of a version: number, pages, root and event. It can be interrupted anywhere and goes on where it ended.

Pages are entered into the list of the version as they are written, under the id of the run. From the first page on,
the assets of the version are pinned: a deletion for good finds them. Of a run that was interrupted the next one takes
the pages over, as it takes over those of the version before.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any, Final

import msgspec
from pymongo.database import Database

from foveal.catalog import saved_views
from foveal.catalog.author import Author
from foveal.catalog.newest_label_schemas import newest_revisions
from foveal.catalog.search import search
from foveal.catalog.search.filters import FILTER
from foveal.database.client import Document, unhurried
from foveal.database.vocabulary import SCHEMA_VERSION
from foveal.datasets import versions
from foveal.datasets.documents import SelectionDocument, SplitDocument, VersionDocument, dataset_versions
from foveal.datasets.making import building, selection
from foveal.datasets.making.splits import Assignment, Rules, assign, group_key
from foveal.datasets.requests import SplitRequest, VersionRequest
from foveal.datasets.tree import pages
from foveal.datasets.tree.members import Asset
from foveal.datasets.tree.page_store import KnownPages, Objects, PageStore
from foveal.datasets.tree.pages import LabelSchemaRef, Page
from foveal.encoding.ids import new_id
from foveal.errors import Conflict, InvalidRequest, NotFound, ServiceUnavailable
from foveal.events.outbox import pending_event
from foveal.jobs.overlap import overlapped
from foveal.objects.keys import dataset_manifest_key

MANIFEST_FORMAT: Final = "foveal dataset version 1"
PAGES_AT_ONCE: Final = 4
"""Pages that are stored at the same time: S3 takes longer to answer than a page takes to be built."""
Advance = Callable[[int], None]
"""Is told the number of assets that are pinned so far, after each page; it may raise to interrupt the creation."""


def begin(
    database: Database[Document], project: str, name: str, author: Author, request: VersionRequest, raw: Any
) -> VersionDocument:
    """Enter a version that has to be built and return it. Raises InvalidRequest, NotFound for a view or version."""
    chosen = _selection(database, project, request, raw)
    split = _split(database, project, name, request.split) if request.split else None
    number = versions.next_number(database, project, name, author)
    stored: VersionDocument = {
        "_id": versions.version_id(project, name, number),
        "project": project,
        "dataset": name,
        "version": number,
        "state": "creating",
        "description": request.description,
        "selection": chosen,
        "split": split,
        "created_at": author.at,
        "created_by": author.subject,
        "schema_version": SCHEMA_VERSION,
    }
    dataset_versions(database).insert_one(stored)
    return stored


class Creation:
    """The building of one version that was begun."""

    def __init__(self, database: Database[Document], objects: Objects, version_id: str) -> None:
        stored = dataset_versions(database).find_one({"_id": version_id})
        if stored is None:
            raise NotFound("There is no such version of a data set.")
        self._database, self._objects, self._version = database, objects, stored
        self._project = stored["project"]
        self._store = PageStore(database, objects, self._project)
        self._run = new_id()

    @property
    def version(self) -> VersionDocument:
        return self._version

    def run(self, now: Callable[[], Any], advance: Advance = lambda _: None) -> VersionDocument:
        """Build the version and return it. Raises Conflict when it is being deleted or built by somebody else."""
        if self._version["state"] == "ready":
            return self._version
        with unhurried():
            self._claim()
            base = self._base()
            split_of, conflicts = self._splits()
            schemas = self._schemas()
            written, shared = self._write_pages(base, split_of, advance)
            if self._store.keep_only(self._version["_id"], self._run) != len(written):
                raise ServiceUnavailable("The version was built by two workers at once; it is built again.")
            self._check_deletions()
            if base is not None and not dataset_versions(self._database).find_one({"_id": base, "state": "ready"}):
                raise ServiceUnavailable("The version before was deleted meanwhile; it is built again without it.")
            return self._complete(written, schemas, base, shared, conflicts, now)

    def _claim(self) -> None:
        query = {"_id": self._version["_id"], "state": "creating"}
        if not dataset_versions(self._database).update_one(query, {"$set": {"run": self._run}}).matched_count:
            raise Conflict("The version is not being made any more.")

    def _base(self) -> str | None:
        """Return the id of the newest complete version before this one."""
        query: Document = {"project": self._project, "dataset": self._version["dataset"], "state": "ready"}
        query["version"] = {"$lt": self._version["version"]}
        found = dataset_versions(self._database).find_one(query, {"_id": 1}, sort=[("version", -1)])
        return found["_id"] if found else None

    def _splits(self) -> tuple[Callable[[Asset, str | None], str | None], Callable[[], int]]:
        """Return the function that gives an asset of a group its split, and the number of groups that lie apart."""
        split = self._version["split"]
        if split is None:
            return lambda _asset, _group: None, lambda: 0
        rules = Rules(split["shares"], split["seed"], split["stratify"])
        if split["group_by"] == "asset" and not split["stratify"] and split["keep_from"] is None:
            return lambda asset, _: rules.by_hash(group_key(asset.asset_id, None, asset.checksum)), lambda: 0
        found: Assignment = assign(
            rules,
            selection.candidates(
                self._database,
                self._project,
                self._version["selection"],
                split["group_by"],
                with_labels=split["stratify"],
            ),
            self._kept(split["keep_from"]),
        )
        return lambda asset, group: found.split_of(asset.asset_id, group, asset.checksum), lambda: found.conflicts

    def _kept(self, version: int | None) -> dict[str, str]:
        if version is None:
            return {}
        older = versions.version_id(self._project, self._version["dataset"], version)
        lines = (line for page in self._store.pages(older) for line in self._store.lines(page))
        return {line.asset_id: line.split for line in lines if line.split is not None}

    def _schemas(self) -> list[LabelSchemaRef]:
        found = self._database.label_schemas.aggregate(newest_revisions(self._project))
        return [LabelSchemaRef(each["name"], each["revision"], pages.schema_hash(each["schema"])) for each in found]

    def _write_pages(
        self, base: str | None, split_of: Callable[[Asset, str | None], str | None], advance: Advance
    ) -> tuple[list[Page], int]:
        """Write the pages; return them and the number of those that were there before."""
        own = self._store.pages(self._version["_id"])
        of_base = self._store.pages(base) if base else []
        known = KnownPages(self._store, own, of_base)
        digests, written, count = {page.digest for page in of_base}, [], 0
        found = building.build(self._items(split_of), known, self._read)
        with closing(overlapped(found, self._write, PAGES_AT_ONCE)) as stored:
            for built, _ in stored:
                written.append(built.page)
                count += built.page.members
                advance(count)
        return written, sum(page.digest in digests for page in written)

    def _write(self, built: building.Built) -> None:
        """Store a page and enter it into the list of the version."""
        if built.body is not None:
            self._store.put(built.page, built.body)
        self._store.add(self._version["_id"], self._run, built.page)

    def _items(self, split_of: Callable[[Asset, str | None], str | None]) -> Iterator[building.Item]:
        split = self._version["split"]
        found = selection.assets(
            self._database, self._project, self._version["selection"], split["group_by"] if split else None
        )
        for asset, group in found:
            name = split_of(asset, group)
            yield building.Item(asset.asset_id, name, asset.state(name))

    def _read(self, items: Any) -> Any:
        return selection.read_lines(self._database, items)

    def _check_deletions(self) -> None:
        """Raise ServiceUnavailable if a pinned asset was deleted for good since its page was written.

        A deletion marks its asset before it looks for versions that hold it, and pages are entered before this looks
        for marks, so that one of the two finds the other.
        """
        marked: Document = {"project": self._project, "deletion.is_permanent": True}
        marked["deletion.look_at"] = {"$exists": True}
        for asset in self._database.assets.find(marked, {"_id": 1}):
            page = self._store.page_that_may_hold(self._version["_id"], asset["_id"])
            if page and any(line.asset_id == asset["_id"] for line in self._store.lines(page)):
                raise ServiceUnavailable("An asset was deleted for good meanwhile; the version is built again.")

    def _complete(
        self,
        written: list[Page],
        schemas: list[LabelSchemaRef],
        base: str | None,
        shared: int,
        conflicts: Callable[[], int],
        now: Callable[[], Any],
    ) -> VersionDocument:
        stored, at = self._version, now()
        facts: Document = {
            "root": pages.root_of(written, schemas),
            "asset_count": sum(page.members for page in written),
            "annotation_count": sum(page.annotations for page in written),
            "label_schemas": msgspec.to_builtins(schemas),
        }
        self._put_manifest(facts, written)
        event = pending_event(
            "DatasetVersionCreated",
            self._project,
            (stored["_id"],),
            at,
            {
                "dataset": stored["dataset"],
                "version": stored["version"],
                "dataset_version_id": stored["_id"],
                "content_hash": facts["root"],
                "asset_count": facts["asset_count"],
                "annotation_count": facts["annotation_count"],
            },
        )
        changes: Document = {
            **facts,
            "state": "ready",
            "completed_at": at,
            "base": int(base.rpartition("/")[2]) if base else None,
            "page_count": len(written),
            "shared_page_count": shared,
            "split_conflicts": conflicts(),
            "splits": msgspec.to_builtins(pages.split_counts(written)),
            "labels": msgspec.to_builtins(pages.label_counts(written)),
            "pending_events": [event],
        }
        query = {"_id": stored["_id"], "state": "creating", "run": self._run}
        if not dataset_versions(self._database).update_one(query, {"$set": changes}).matched_count:
            raise ServiceUnavailable("The version was built by two workers at once, or is being deleted.")
        return {**stored, **changes}  # type: ignore[typeddict-item]  # mypy knows no members of a merged mapping

    def _put_manifest(self, facts: Document, written: list[Page]) -> None:
        """Write what a reader of the bucket alone needs: the version, its root, and its pages in order."""
        stored = self._version
        manifest = {
            "format": MANIFEST_FORMAT,
            "project": self._project,
            "dataset": stored["dataset"],
            "version": stored["version"],
            "split": stored["split"],
            **facts,
            "pages": msgspec.to_builtins(written),
        }
        key = dataset_manifest_key(self._project, stored["dataset"], stored["version"])
        self._objects.put(key, msgspec.json.encode(manifest), "application/json")


def _selection(database: Database[Document], project: str, request: VersionRequest, raw: Any) -> SelectionDocument:
    """Return the choice of members with the filter of a view taken in, since a view may change later."""
    if request.asset_ids is not None:
        ids = sorted(set(request.asset_ids))
        if unknown := selection.missing(database, project, ids):
            named = ", ".join(each[:36] for each in unknown[:5])
            raise InvalidRequest(f"asset_ids: {len(unknown)} are no ready assets of this project, such as {named}.")
        return {"asset_ids": ids}
    filters = [raw["filter"]] if request.filter is not None else []
    chosen: SelectionDocument = {}
    if request.view is not None:
        chosen["view"] = request.view
        of_view = saved_views.get(database, project, request.view).get("filter")
        filters += [of_view] if of_view is not None else []
    if filters:
        both = filters[0] if len(filters) == 1 else {"and": filters}
        search.check_conditions(FILTER.validate_python(both))
        chosen["filter"] = json.dumps(both, ensure_ascii=False)
    return chosen


def _split(database: Database[Document], project: str, name: str, request: SplitRequest) -> SplitDocument:
    """Return the rules of a split, frozen: shares that are not given are those of the version that is kept."""
    shares = request.shares
    if request.keep_from is not None:
        older = versions.ready(database, project, name, str(request.keep_from))
        if older["split"] is None:
            raise InvalidRequest("split.keep_from: that version has no splits.")
        shares = shares or older["split"]["shares"]
    assert shares is not None
    return {
        "shares": {split: shares[split] for split in sorted(shares)},
        "seed": request.seed,
        "group_by": request.group_by,
        "stratify": request.stratify,
        "keep_from": request.keep_from,
    }
