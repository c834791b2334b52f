"""Classes of an export from a label schema: the newest revision, or the one that a data set version pins."""

from pymongo.database import Database

from foveal.catalog import label_schemas
from foveal.catalog.label_schema_models import LabelSchema
from foveal.database.client import Document
from foveal.datasets import versions
from foveal.errors import NotFound
from foveal.exports.requests import ExportRequest
from foveal.formats.base.model.items import Label


def labels_of(database: Database[Document], project: str, request: ExportRequest) -> list[Label] | None:
    """Return the labels of the label schema of a request, None where it names none.

    Raises NotFound for a schema or a version that is not there, Conflict for a version that is not complete.
    """
    pinned: dict[str, int] | None = None
    if request.dataset is not None:
        version = versions.ready(database, project, request.dataset, str(request.version))
        pinned = {each["name"]: each["revision"] for each in version["label_schemas"]}
    if request.label_schema is None:
        return None
    if pinned is not None and request.label_schema not in pinned:
        raise NotFound("The version of the data set pins no such label schema.")
    revision = pinned[request.label_schema] if pinned is not None else None
    stored = label_schemas.find(database, project, request.label_schema, revision)
    if stored is None:
        raise NotFound("There is no such label schema.")
    return [
        Label(
            label.name,
            {name: label.ids_in(name) for name in label.external_ids or {}},
            label.type,
            label.color,
            label.supercategory,
            label.isthing,
            [each.model_dump(exclude_none=True) for each in label.attributes],
            label.skeleton.model_dump() if label.skeleton else None,
        )
        for label in LabelSchema.model_validate(stored["schema"]).labels
    ]
