"""Answers of the routes of exports as types, for the OpenAPI document and the checks of the tests."""

from typing import Annotated, NotRequired

from pydantic import Field
from typing_extensions import TypedDict

from foveal.api.documentation import closed
from foveal.jobs.routes.answers import Job

Url = Annotated[str, Field(json_schema_extra={"format": "uri"})]


@closed
class Export(TypedDict):
    """An export: its job, with the counts and the losses in `result`, and at its end the file."""

    job: Job
    url: NotRequired[Annotated[Url, Field(description="Signed, for an hour; ask again for a fresh one")]]
