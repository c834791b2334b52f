"""Answers of the routes of jobs as types, for the OpenAPI document and the checks of the tests."""

from datetime import datetime
from typing import Annotated, Any, NotRequired

from pydantic import Field
from typing_extensions import TypedDict

from foveal.api.documentation import closed
from foveal.database.vocabulary import JobKind, JobState

Count = Annotated[int, Field(ge=0)]


@closed
class JobProgress(TypedDict):
    """Units of a job that are finished; a unit is an asset, a record or a page, as the kind of the job has it."""

    finished: Count
    total: Annotated[Count | None, Field(description="null until it is known")]
    ranges: Annotated[list[list[int]], Field(description="Finished units as ranges [first, end), end excluded")]


@closed
class JobFailure(TypedDict):
    """The problem with which a job ended."""

    code: str
    detail: str


@closed
class Job(TypedDict):
    """Work that outlasts a request."""

    job_id: str
    project: str
    kind: JobKind
    state: JobState
    is_stopping: Annotated[bool, Field(description="It ends after the range that it is at.")]
    subject: Annotated[str, Field(description="The id of the import, the export or the version that it works on")]
    progress: JobProgress
    created_at: datetime
    created_by: str
    updated_at: datetime
    ended_at: NotRequired[datetime]
    result: NotRequired[Annotated[dict[str, Any], Field(description="As the kind of the job has it")]]
    failure: NotRequired[JobFailure]
