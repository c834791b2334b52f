"""Store of imports: label files that were announced, how they are read, and what they became."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Final, Literal

from pydantic import Field, model_validator
from pymongo.database import Database

from foveal.access.page_tokens import Tokens
from foveal.catalog.author import Author
from foveal.catalog.keyset import newest_first
from foveal.database import typed
from foveal.database.client import Document
from foveal.database.stored_documents import ImportDocument, ImportFile
from foveal.database.vocabulary import SCHEMA_VERSION
from foveal.encoding.ids import new_id
from foveal.errors import InvalidRequest, NoSuchImport
from foveal.formats.base.model.items import FormatError
from foveal.formats.base.model.names import plain_name
from foveal.imports.bucket.requests import BucketSource
from foveal.objects.keys import import_key
from foveal.validation.models import Model
from foveal.validation.values import FieldLayer, FileName, Slug, Text

MAX_FILES: Final = 1_000
MAX_FILE_BYTES: Final = 5 * 2**30
MAX_BYTES: Final = 8 * 2**30
"""Of all files of an import together: they lie on the worker's disk. Larger sets go in several imports."""
MAX_PAGE: Final = 100
_LATER: Final = ("counts", "questions", "file_sha256", "source", "rows", "estimate")
OptionName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
Options = Annotated[dict[OptionName, Text], Field(max_length=64)]


class NewFile(Model):
    """A label file to upload: its name (with `/`, where it lies in a folder) and its exact size."""

    name: FileName
    size_bytes: Annotated[int, Field(ge=1, le=MAX_FILE_BYTES)]


class ImportRequest(Model):
    """An import to begin: of label files, or with the kind `bucket` of a bucket, its `source`.

    `format` is detected without one; `field` is the layer of all annotations.

    `label_schema` is the label schema to make or extend by the classes of the files, by admins. Without it the schema
    that is called as the layer is made, if there is none of that name. `asset_events` is whether AnnotationsChanged is
    published for each asset; ImportCompleted is in any case.
    """

    kind: Literal["labels", "bucket"] = "labels"
    format: Annotated[str | None, Field(max_length=64)] = None
    field: FieldLayer | None = None
    label_schema: Slug | None = None
    asset_events: bool = True
    options: Options = Field(default_factory=dict)
    files: Annotated[list[NewFile], Field(max_length=MAX_FILES)] = Field(default_factory=list)
    source: BucketSource | None = None

    @model_validator(mode="after")
    def _of_one_kind(self) -> "ImportRequest":
        if self.kind == "bucket" and (self.source is None or self.model_fields_set - {"kind", "source"}):
            raise ValueError("an import of a bucket has a source, and neither files nor what is for label files")
        if self.kind == "labels" and (self.source is not None or not self.files):
            raise ValueError("files: an import of label files names at least one file, and no source")
        return self

    @model_validator(mode="after")
    def _bounded(self) -> "ImportRequest":
        names = [file.name for file in self.files]
        if len(set(names)) != len(names):
            raise ValueError("files: a name comes twice")
        if any(_is_unsafe(name) for name in names):
            raise ValueError("files: a name must be relative, with / between folders, without .. and backslashes")
        if sum(file.size_bytes for file in self.files) > MAX_BYTES:
            raise ValueError(f"files: an import has at most {MAX_BYTES} bytes; divide it, or send an archive")
        return self


class StartRequest(Model):
    """How an import goes on: a dry run that counts and asks, or the import itself; `options` answer questions."""

    dry_run: bool = False
    options: Options = Field(default_factory=dict)


def create(database: Database[Document], project: str, author: Author, request: ImportRequest) -> ImportDocument:
    """Store an import whose files are still to come. Raises InvalidRequest for a format that there is not."""
    import_id = new_id()
    files: list[ImportFile] = [
        {"name": file.name, "size_bytes": file.size_bytes, "key": import_key(project, import_id, f"files/{number:04}")}
        for number, file in enumerate(request.files)
    ]
    stored: ImportDocument = {
        "_id": import_id,
        "project": project,
        "state": "open",
        "format": _format(request.format),
        "options": {**request.options, **({"field": request.field} if request.field else {})},
        "files": files,
        "job_id": None,
        "created_at": author.at,
        "created_by": author.subject,
        "updated_at": author.at,
        "schema_version": SCHEMA_VERSION,
    }
    if request.label_schema is not None:
        stored["label_schema"] = request.label_schema
    if not request.asset_events:
        stored["asset_events"] = False
    typed.imports(database).insert_one(stored)
    return stored


def get(database: Database[Document], import_id: str) -> ImportDocument:
    """Return an import. Raises NoSuchImport."""
    found = typed.imports(database).find_one({"_id": import_id})
    if found is None:
        raise no_such_import()
    return found


def no_such_import() -> NoSuchImport:
    return NoSuchImport("There is no such import.")


def page(database: Database[Document], key: bytes, project: str, limit: int, next_token: str | None) -> Document:
    """Return `{"items": [import, …], "next_token": …}`, newest first. Raises InvalidRequest for a foreign token."""
    return newest_first(typed.imports(database), project, public, Tokens.of(key, "imports", project), limit, next_token)


def change(
    database: Database[Document],
    import_id: str,
    changes: Mapping[str, Any],
    **known: Any,
) -> bool:
    """Change an import where it still has the known members; tell whether it was changed."""
    change_ = {"$set": {**changes, "updated_at": datetime.now(UTC)}}
    return typed.imports(database).update_one({"_id": import_id, **known}, change_).matched_count == 1


def has_asset_events(stored: ImportDocument) -> bool:
    """Tell whether AnnotationsChanged is published for each asset of an import."""
    return stored.get("asset_events", True)


def public(stored: ImportDocument) -> Document:
    """Return an import as callers see it."""
    shown: Document = {
        "import_id": stored["_id"],
        "asset_events": has_asset_events(stored),
        **{
            name: stored[name]
            for name in ("project", "state", "format", "options", "job_id", "created_at", "created_by", "updated_at")
        },
        "files": [{"name": file["name"], "size_bytes": file["size_bytes"]} for file in stored["files"]],
        "kind": stored.get("kind", "labels"),
    }
    if "label_schema_result" in stored:
        shown["label_schema"] = stored["label_schema_result"]
    return shown | {name: stored[name] for name in _LATER if name in stored}


def _format(name: str | None) -> str | None:
    try:
        return None if name is None else plain_name(name)
    except FormatError as error:
        raise InvalidRequest(error.message) from None


def _is_unsafe(name: str) -> bool:
    parts = name.split("/")
    return "\\" in name or any(part in ("", ".", "..") for part in parts)
