"""Classes of an export from a label schema of the project."""

from pymongo.database import Database

from foveal.catalog import label_schemas
from foveal.catalog.label_schema_models import LabelSchema
from foveal.database.client import Document
from foveal.errors import NotFound
from foveal.formats.base.model.items import Label


def labels_of(database: Database[Document], project: str, name: str, revision: int | None = None) -> list[Label]:
    """Return the labels of a label schema, in its newest or in a given revision. Raises NotFound."""
    stored = label_schemas.find(database, project, name, revision)
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
