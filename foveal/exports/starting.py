"""Start of an export: the request is checked against the project, then its job is queued."""

import json
from typing import Any

from pymongo.database import Database

from foveal.catalog.author import Author
from foveal.database.client import Document
from foveal.database.stored_documents import JobDocument
from foveal.errors import Conflict, NotFound
from foveal.exports import classes
from foveal.exports.requests import parse
from foveal.imports import store as imports
from foveal.jobs import store as jobs


def begin(database: Database[Document], project: str, raw: Any, author: Author) -> JobDocument:
    """Queue the export of a request body and return its job.

    Raises InvalidRequest, NotFound and NoSuchImport for what the project does not have, Conflict for a data set version
    that is not complete and for an import that is undone.
    """
    request = parse(raw)
    if request.view is not None and not database.views.find_one({"_id": f"{project}/{request.view}"}):
        raise NotFound("There is no such view.")
    classes.labels_of(database, project, request)
    if request.import_id is not None:
        import_ = imports.get(database, request.import_id)
        if import_["project"] != project:
            raise imports.no_such_import()
        if import_["state"] == "undone":
            raise Conflict("The import is undone, and its files are deleted: export the assets without it.")
    return jobs.create(database, project, "export", "export", author, {"request": json.dumps(raw)})
