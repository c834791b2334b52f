"""Answers of the routes of exports as types, for the OpenAPI document and the checks of the tests."""

from typing import Annotated, NotRequired

from pydantic import Field
from typing_extensions import TypedDict

from foveal.api.documentation import closed
from foveal.jobs.routes.answers import Job

Url = Annotated[str, Field(json_schema_extra={"format": "uri"})]


@closed
class ExportFile(TypedDict):
    """One file of an export that has several: a data set of its own."""

    name: str
    url: Annotated[Url, Field(description="Signed, for an hour; ask again for a fresh one")]
    size_bytes: int
    asset_count: int


@closed
class Export(TypedDict):
    """An export: its job, with the counts and the losses in `result`, and at its end the file.

    An export of more than about 4 GiB of labels has several `files`; `url` is that of the first one.
    """

    job: Job
    url: NotRequired[Annotated[Url, Field(description="Signed, for an hour; ask again for a fresh one")]]
    files: NotRequired[list[ExportFile]]
