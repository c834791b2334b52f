"""Store of pages: their objects in the bucket, named by their content, and the list of pages of each version."""

import bisect
import contextlib
import itertools
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, Protocol

import msgspec
from pymongo.database import Database

from foveal.aws.errors import PreconditionFailed
from foveal.database.client import Document
from foveal.database.vocabulary import SCHEMA_VERSION
from foveal.datasets.documents import PageDocument, dataset_pages
from foveal.datasets.tree import members
from foveal.datasets.tree.members import Line
from foveal.datasets.tree.pages import KnownPage, Page
from foveal.objects.keys import dataset_page_key

CONTENT_TYPE: Final = "application/jsonl"
KEPT_PAGES: Final = 8


class Objects(Protocol):
    """The part of `foveal.aws.s3.S3` that data sets need."""

    def get(self, key: str, version_id: str | None = None) -> bytes: ...

    def put(self, key: str, body: bytes, content_type: str, headers: Mapping[str, str] = ...) -> str | None: ...

    def delete(self, key: str, version_id: str | None = None) -> str | None: ...


class PageStore:
    """Pages of the versions of one project. Methods raise AwsError and PyMongoError."""

    def __init__(self, database: Database[Document], objects: Objects, project: str) -> None:
        self._pages, self._objects, self._project = dataset_pages(database), objects, project
        self._read: OrderedDict[str, list[Line]] = OrderedDict()

    def put(self, page: Page, body: bytes) -> None:
        """Store the object of a page, unless it is there already: an equal name is an equal page."""
        with contextlib.suppress(PreconditionFailed):
            key = dataset_page_key(self._project, page.digest)
            self._objects.put(key, body, CONTENT_TYPE, {"if-none-match": "*"})

    def lines(self, page: Page) -> list[Line]:
        """Return the lines of a page; those read last are kept."""
        found = self._read.pop(page.digest, None)
        if found is None:
            found = members.decoded(self._get(page))
        self._read[page.digest] = found
        while len(self._read) > KEPT_PAGES:
            self._read.popitem(last=False)
        return found

    def encoded_lines(self, page: Page) -> list[bytes]:
        """Return the lines of a page as they are stored."""
        return self._get(page).splitlines()

    def _get(self, page: Page) -> bytes:
        return self._objects.get(dataset_page_key(self._project, page.digest))

    def add(self, version_id: str, run: str, page: Page) -> None:
        """Enter a page into the list of a version, in place of the one that began with the same asset."""
        stored: PageDocument = {
            "_id": page_id(version_id, page.first),
            "project": self._project,
            "version_id": version_id,
            "digest": page.digest,
            "run": run,
            "page": msgspec.to_builtins(page),
            "schema_version": SCHEMA_VERSION,
        }
        self._pages.replace_one({"_id": stored["_id"]}, stored, upsert=True)

    def keep_only(self, version_id: str, run: str) -> int:
        """Delete the entries of a version that another run left; return the number of those that stay."""
        self._pages.delete_many({**range_of(version_id), "run": {"$ne": run}})
        return self._pages.count_documents(range_of(version_id))

    def pages(self, version_id: str) -> list[Page]:
        """Return the pages of a version, by asset id."""
        stored = self._pages.find(range_of(version_id), {"page": 1}).sort("_id", 1)
        return [msgspec.convert(each["page"], Page) for each in stored]

    def page_that_may_hold(self, version_id: str, asset_id: str) -> Page | None:
        """Return the one page of a version in which an asset would have to be."""
        query = {"_id": {"$gt": f"{version_id}/", "$lte": page_id(version_id, asset_id)}}
        stored = self._pages.find_one(query, {"page": 1}, sort=[("_id", -1)])
        page = msgspec.convert(stored["page"], Page) if stored else None
        return page if page is not None and page.last >= asset_id else None

    def lines_after(self, version_id: str, asset_id: str) -> Iterator[Line]:
        """Yield the lines of a version behind an asset, page by page."""
        start = self.page_that_may_hold(version_id, asset_id) if asset_id else None
        query = range_of(version_id)
        if asset_id:
            query["_id"]["$gte"] = page_id(version_id, start.first if start else asset_id)
        for stored in self._pages.find(query, {"page": 1}).sort("_id", 1):
            page = msgspec.convert(stored["page"], Page)
            yield from (line for line in self.lines(page) if line.asset_id > asset_id)

    def delete(self, version_id: str) -> int:
        """Delete the pages of a version, and the objects of those that no other version has; return their number."""
        count = 0
        for stored in list(self._pages.find(range_of(version_id), {"digest": 1})):
            self._pages.delete_one({"_id": stored["_id"]})
            if not self._pages.find_one({"project": self._project, "digest": stored["digest"]}, {"_id": 1}):
                self._objects.delete(dataset_page_key(self._project, stored["digest"]))
                count += 1
        return count


class KnownPages:
    """Pages that were written before, of an earlier version or an earlier run: whole ones and lines are taken over."""

    def __init__(self, store: PageStore, *lists: Sequence[Page]) -> None:
        self._store = store
        self._lists = [(pages, [page.last for page in pages]) for pages in lists]
        self._read: dict[str, KnownPage] = {}
        by_start = {(page.first, page.state): page for pages in lists for page in pages}
        self._by_first: dict[str, list[Page]] = {}
        for page in by_start.values():
            self._by_first.setdefault(page.first, []).append(page)

    def starting_with(self, asset_id: str) -> Sequence[Page]:
        return self._by_first.get(asset_id, ())

    def between(self, first: str, last: str) -> list[KnownPage]:
        """Return the pages that have assets from the first to the last id; those of the call before are kept."""
        found: dict[str, KnownPage] = {}
        for pages, ends in self._lists:
            behind = itertools.islice(pages, bisect.bisect_left(ends, first), None)
            for page in itertools.takewhile(lambda page: page.first <= last, behind):
                found[page.digest] = self._read.get(page.digest) or (page, self._store.encoded_lines(page))
        self._read = found
        return list(found.values())


def page_id(version_id: str, first: str) -> str:
    return f"{version_id}/{first}"


def range_of(version_id: str) -> dict[str, Any]:
    """Return the query for every page of a version; "0" is the character after "/"."""
    return {"_id": {"$gt": f"{version_id}/", "$lt": f"{version_id}0"}}
