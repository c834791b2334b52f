"""Backup of a project's documents as lines of Extended JSON (MongoDB manual, "MongoDB Extended JSON (v2)"), in gzip.

A backup is of one moment. Its first line is the header, the last one the number of documents, so that a file that was
cut is noticed. Documents that are made again by themselves stay out: counters, derivatives, quotas, locks, jobs.
"""

import gzip
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any, Final

from bson import json_util
from pymongo import ReplaceOne
from pymongo.database import Database

from foveal.database.client import Document, unhurried
from foveal.database.snapshot import Snapshot

COLLECTIONS: Final = (
    *("assets", "annotations", "annotation_revisions", "label_schemas", "views"),
    *("embeddings", "embedding_spaces", "uploads"),
    *("imports", "asset_origins", "datasets", "dataset_versions", "dataset_pages"),
)
OF_USERS: Final = tuple(name for name in COLLECTIONS if name not in ("assets", "uploads"))
"""Collections that nothing but users fills: a project that was rebuilt from the bucket has none of them."""
FORMAT: Final = "foveal backup"
VERSION: Final = 1
_BATCH: Final = 1_000
_OPTIONS: Final = json_util.JSONOptions(tz_aware=True, json_mode=json_util.JSONMode.CANONICAL)


class BackupError(Exception):
    """A file that is no backup, was cut, or cannot be loaded into this database."""


@dataclass(frozen=True, slots=True)
class Contents:
    """The project of a backup, the moment it is of, and the number of its documents."""

    project: str
    at: datetime
    documents: int


def write(database: Database[Document], project: str, path: Path, now: datetime) -> Contents:
    """Write the documents of a project as they are at this moment into a new file; return what it holds.

    Raises FileExistsError, and PyMongoError: a server keeps a moment for some minutes only (parameter
    `minSnapshotHistoryWindowInSeconds`, 300 unless it is set). The file is complete or not there.
    """
    count, partial = 0, path.with_name(f"{path.name}.partial")
    if path.exists():
        raise FileExistsError(path)
    try:
        with unhurried(), Snapshot.of(database) as snapshot, gzip.open(partial, "wt", encoding="utf-8") as file:
            file.write(_line({"format": FORMAT, "version": VERSION, "project": project, "at": now}))
            for name in COLLECTIONS:
                for document in snapshot.find(name, {"project": project}):
                    file.write(_line({"collection": name, "document": document}))
                    count += 1
            file.write(_line({"documents": count}))
        partial.rename(path)
    finally:
        partial.unlink(missing_ok=True)
    return Contents(project, now, count)


def contents(path: Path) -> Contents:
    """Read a backup to its end; return what it holds. Raises BackupError."""
    header, count = _header(path), 0
    for _ in _documents(path, str(header["project"])):
        count += 1
    return Contents(str(header["project"]), header["at"], count)


def load(database: Database[Document], path: Path, *, is_repeated: bool = False) -> Contents:
    """Write the documents of a backup into a migrated database, each in place of one with the same id.

    Assets that the backup does not have stay: they came in after it. Raises BackupError, before anything is written,
    for a file that is no whole backup and, unless the load `is_repeated`, for a project of which the database has
    annotations, label schemas, views or embeddings; PyMongoError, after which the load may be repeated.
    """
    found = contents(path)
    for name in () if is_repeated else OF_USERS:
        if database[name].find_one({"project": found.project}, {"_id": 1}):
            raise BackupError(
                f"The database has {name} of {found.project} already, which the backup would mix with: load it into a "
                "catalog without them. (--again goes on with a load that was interrupted.)"
            )
    with unhurried():
        documents = _documents(path, found.project)
        while batch := list(islice(documents, _BATCH)):
            for name in COLLECTIONS:
                changes = [
                    ReplaceOne({"_id": document["_id"], "project": found.project}, document, upsert=True)
                    for collection, document in batch
                    if collection == name
                ]
                if changes:
                    database[name].bulk_write(changes, ordered=False)
    return found


def _documents(path: Path, project: str) -> Iterator[tuple[str, Document]]:
    """Yield the documents of a backup with their collections. Raises BackupError."""
    lines = _lines(path)
    next(lines)
    for count, line in enumerate(lines):
        if "documents" in line:
            if line["documents"] != count:
                raise BackupError(f"{path} states {line['documents']} documents and has {count}.")
            return
        name, document = line.get("collection"), line.get("document")
        if name not in COLLECTIONS or not isinstance(document, dict) or document.get("project") != project:
            raise BackupError(f"{path} holds a document that is not of {project}.")
        document.pop("counted", None)  # the counters are made anew
        yield str(name), document
    raise BackupError(f"{path} was cut: its last line is missing.")


def _header(path: Path) -> Document:
    header = next(_lines(path), {})
    if header.get("format") != FORMAT:
        raise BackupError(f"{path} is no backup of Foveal.")
    if header.get("version") != VERSION:
        raise BackupError(f"{path} was written by a later version of Foveal.")
    return header


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    try:
        with gzip.open(path, "rt", encoding="utf-8") as file:
            for line in file:
                value = json_util.loads(line, json_options=_OPTIONS)
                if not isinstance(value, dict):
                    raise BackupError(f"{path} is no backup of Foveal.")
                yield value
    except (EOFError, gzip.BadGzipFile, ValueError, TypeError) as error:
        raise BackupError(f"{path} cannot be read: {error}.") from None


def _line(value: Document) -> str:
    return json_util.dumps(value, json_options=_OPTIONS, ensure_ascii=False, separators=(",", ":")) + "\n"
