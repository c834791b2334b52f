"""Requests of exports: the format, the assets, the layers, and the file that comes out."""

from typing import Annotated, Any, Self

from pydantic import Field, model_validator

from foveal.catalog.annotations.operations import Id
from foveal.catalog.search import search
from foveal.catalog.search.filters import Filter
from foveal.errors import InvalidRequest
from foveal.formats.base.model.items import FormatError
from foveal.formats.base.model.names import plain_name
from foveal.imports.store import Options
from foveal.validation.models import Model, validated
from foveal.validation.values import FieldLayer, Slug

MAX_ASSET_IDS = 10_000


class ExportRequest(Model):
    """An export to make. Without `asset_ids`, `filter`, `view`, `import_id` or `dataset` it has all ready assets.

    With `dataset` and `version` it has the members of a data set version in their splits, with their annotations in the
    pinned revisions: the same file, whatever is edited since. With `import_id` it gives the files of an import back:
    its assets in their order, its classes and sections, and each record that nobody has edited as it came.
    """

    format: Annotated[str, Field(max_length=64)]
    options: Options = Field(default_factory=dict)
    asset_ids: Annotated[list[Id] | None, Field(min_length=1, max_length=MAX_ASSET_IDS)] = None
    filter: Filter | None = None
    view: Slug | None = None
    import_id: Id | None = None
    dataset: Annotated[Slug | None, Field(description="A data set, of which `version` names a version")] = None
    version: Annotated[int | None, Field(ge=1, lt=10**9)] = None
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
        ways = (self.asset_ids is not None, has_filter, self.import_id is not None, self.dataset is not None)
        if sum(ways) > 1:
            raise ValueError("asset_ids, filter with view, import_id, and dataset are four ways: give one")
        if (self.dataset is None) != (self.version is None):
            raise ValueError("dataset and version: give both")
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
