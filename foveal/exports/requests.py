"""Requests of exports: the format, the assets, the layers, and the file that comes out."""

from typing import Annotated, Any, Self

from pydantic import Field, model_validator
from pymongo.database import Database

from foveal.catalog.annotations.operations import Id
from foveal.catalog.search import search
from foveal.catalog.search.filters import Filter
from foveal.database.client import Document
from foveal.errors import InvalidRequest, NotFound
from foveal.formats.base.model.items import FormatError
from foveal.formats.base.model.names import plain_name
from foveal.imports import store as imports
from foveal.imports.store import Options
from foveal.validation.models import Model, validated
from foveal.validation.values import FieldLayer, Slug

MAX_ASSET_IDS = 10_000


class ExportRequest(Model):
    """An export to make. Without `asset_ids`, `filter`, `view` or `import_id` it has all ready assets.

    With `import_id` it gives the files of an import back: its assets in their order, its classes and sections, and
    each record that nobody has edited as it came.
    """

    format: Annotated[str, Field(max_length=64)]
    options: Options = Field(default_factory=dict)
    asset_ids: Annotated[list[Id] | None, Field(min_length=1, max_length=MAX_ASSET_IDS)] = None
    filter: Filter | None = None
    view: Slug | None = None
    import_id: Id | None = None
    fields: Annotated[
        list[FieldLayer] | None, Field(min_length=1, max_length=100, description="Only these layers of annotations")
    ] = None
    label_schema: Annotated[Slug | None, Field(description="The classes, in the order of this label schema")] = None
    file_name: Annotated[
        str | None,
        Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$", description="By default `<format>.zip`"),
    ] = None

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        has_filter = self.filter is not None or self.view is not None
        if sum((self.asset_ids is not None, has_filter, self.import_id is not None)) > 1:
            raise ValueError("asset_ids, filter with view, and import_id are three ways: give one")
        return self


def parse(raw: Any) -> ExportRequest:
    """Return the export in a request body. Raises InvalidRequest, naming the field that is wrong."""
    search.bounded(raw)
    request = validated(ExportRequest, raw)
    search.check_conditions(request.filter)
    try:
        return request.model_copy(update={"format": plain_name(request.format)})
    except FormatError as error:
        raise InvalidRequest(f"format: {error.message}") from None


def check(database: Database[Document], project: str, request: ExportRequest) -> None:
    """Raise NotFound, NoSuchImport for a view, a label schema or an import that the project does not have."""
    if request.view is not None and not database.views.find_one({"_id": f"{project}/{request.view}"}):
        raise NotFound("There is no such view.")
    if request.label_schema is not None:
        named = {"project": project, "name": request.label_schema}
        if not database.label_schemas.find_one(named):
            raise NotFound("There is no such label schema.")
    if request.import_id is not None and imports.get(database, request.import_id)["project"] != project:
        raise imports.no_such_import()
