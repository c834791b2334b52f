"""Label schema of an import: made where there is none, extended where the import names it.

An import that names no schema makes the one that is called as its layer, if the project has none of that name and
none that the layer enforces; one that is there stays as it is. The schema is written at the end of the import, or
before each range when it is enforced: then only annotations with labels that it knows are written.
"""

import re
from typing import Final

from pymongo.database import Database

from foveal.catalog import label_schemas
from foveal.catalog.author import Author
from foveal.catalog.label_schema_models import LabelSchema
from foveal.database.client import Document
from foveal.database.stored_documents import ImportDocument, ImportedLabelSchema
from foveal.errors import EntityTooLarge, PreconditionFailed
from foveal.formats.base.model.items import FileWarning, Label
from foveal.imports import store
from foveal.imports.grouping import FileContent
from foveal.imports.label_merging import merged
from foveal.imports.report import Part

DEFAULT_LAYER: Final = "ground_truth"
_NAMED: Final = 5


class ImportedSchema:
    """The label schema that the classes of one import go to, over all runs of its job."""

    def __init__(self, database: Database[Document], import_: ImportDocument, *, is_dry: bool) -> None:
        self._database, self._import, self._is_dry = database, import_, is_dry
        layer = import_["options"].get("field", DEFAULT_LAYER)
        self._name = (
            import_.get("label_schema")
            or label_schemas.enforcing(database, import_["project"], layer)
            or re.sub(r"[^A-Za-z0-9_-]", "_", layer)
        )
        self._base = import_.get("label_schema_base")
        self._written = -1
        current, revision = self._current()
        self._may_write = revision == 0 or "label_schema" in import_
        self._is_enforced = bool(current.enforced_fields)
        if self._base is None:
            self._base = revision
            if self._may_write and not is_dry:  # so that a later run knows what was there before this one
                store.change(database, import_["_id"], {"label_schema": self._name, "label_schema_base": revision})

    def before_range(self, content: FileContent) -> None:
        """Extend an enforced schema by the classes that have been read."""
        if self._is_enforced and self._may_write and not self._is_dry and len(_classes(content)) != self._written:
            self._extend(_classes(content))

    def finish(self, content: FileContent, part: Part) -> ImportedLabelSchema | None:
        """Write the schema; return what became of it, and tell what differs. None for files without classes."""
        classes = _classes(content)
        if not classes:
            return None
        merge = merged(self._current(self._base)[0], classes)
        added, extended = len(merge.added), len(merge.extended)
        if not self._may_write:
            if merge.added:
                named = ", ".join(merge.added[:_NAMED]) + (", …" if added > _NAMED else "")
                told = f"The label schema {self._name} lacks {named}: name it as label_schema to have them added."
                part.tell(FileWarning("label_schema_lacks", told, self._name))
            return {"name": self._name, "revision": None, "added_count": 0, "extended_count": 0, "lacking_count": added}
        for warning in merge.told:
            part.tell(warning)
        revision = None
        try:
            revision = None if self._is_dry else self._extend(classes)
        except EntityTooLarge as problem:
            part.tell(FileWarning("label_schema_too_large", problem.detail, self._name))
            added = extended = 0
        return {
            "name": self._name,
            "revision": revision,
            "added_count": added,
            "extended_count": extended,
            "lacking_count": 0,
        }

    def _extend(self, classes: list[Label]) -> int:
        """Write the next revision where the newest one lacks something; return the newest. Raises EntityTooLarge."""
        author = Author.now(self._import["created_by"], tool="import")
        while True:
            current, revision = self._current()
            merge = merged(current, classes)
            self._written = len(classes)
            if not (merge.added or merge.extended):
                return revision
            try:
                stored = label_schemas.put(
                    self._database, self._import["project"], self._name, author, merge.schema, revision
                )
            except PreconditionFailed:  # another import has extended it: its labels are there the next time
                continue
            return int(stored["revision"])

    def _current(self, revision: int | None = None) -> tuple[LabelSchema, int]:
        """Return the schema with its revision: the newest or a given one, an empty one for 0."""
        found = label_schemas.find(self._database, self._import["project"], self._name, revision)
        if found is None:
            return LabelSchema.model_validate({"labels": []}), 0
        return LabelSchema.model_validate(found["schema"]), found["revision"]


def _classes(content: FileContent) -> list[Label]:
    """Return the classes that the files declare, then those that only annotations have."""
    declared: list[Label] = list(content.labels.values())
    names = {label.name for label in declared}
    return [*declared, *(Label(name) for name in content.used if name not in names)]
