"""Requests and answers of the routes of operators."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, StringConstraints
from typing_extensions import TypedDict

from foveal.api.documentation import closed
from foveal.database.vocabulary import JobKind, JobState
from foveal.stack_contract import MEDIA_PREFIX
from foveal.validation.models import Model

Count = Annotated[int, Field(ge=0)]
QueueName = Literal["ingest", "render", "scan"]


class RedriveRequest(Model):
    """The queue whose dead letters go back."""

    queue: QueueName


class ReconcileRequest(Model):
    """A part of the bucket to compare with the catalog."""

    prefix: Annotated[
        str,
        StringConstraints(pattern=f"^{MEDIA_PREFIX}", max_length=1024),
        Field(description="Keys below it are compared: `media/` for all, `media/zoo/` for one project"),
    ] = MEDIA_PREFIX
    repair: Annotated[bool, Field(description="Have ingest recheck every key that differs")] = False
    next_token: Annotated[str | None, Field(max_length=8192, description="The `next_token` of the step before")] = None


@closed
class QueueState(TypedDict):
    """A queue and its dead letters; numbers are approximate."""

    name: QueueName
    waiting: Count
    in_flight: Annotated[Count, Field(description="Handed to the function, and not yet done")]
    oldest_seconds: Annotated[Count | None, Field(description="Age of the oldest message; null where it is not known")]
    dead_letters: Count


@closed
class RaisedAlarm(TypedDict):
    """An alarm of the stage that is raised; the description ends in the anchor of its line in docs/operations.md."""

    name: str
    description: str


@closed
class FailedAssets(TypedDict):
    """Assets of a project that failed within a day."""

    project: str
    failed: Count
    quarantined: Count


@closed
class OpenOrFailedJob(TypedDict):
    """A job that is under way, or one that failed."""

    job_id: str
    project: str
    kind: JobKind
    state: JobState
    finished: Count
    total: Count | None
    attempts: Count
    created_at: datetime
    updated_at: datetime
    failure_code: Annotated[str | None, Field(description="The code of the problem with which it failed")]


@closed
class Operations(TypedDict):
    """The state of a stage."""

    stage: str
    queues: list[QueueState]
    alarms: Annotated[list[RaisedAlarm] | None, Field(description="null when CloudWatch does not answer")]
    failures: Annotated[list[FailedAssets], Field(description="Projects with failures of the last day")]
    jobs: Annotated[list[OpenOrFailedJob], Field(description="Those under way, then the newest that failed")]


@closed
class RedriveResult(TypedDict):
    """Dead letters on their way back."""

    queue: QueueName
    state: Annotated[
        Literal["empty", "running", "done"], Field(description="`running`: SQS moves them; the depth shows how far")
    ]
    found: Annotated[Count, Field(description="Dead letters that there were")]
    moved: Count


@closed
class DifferingKey(TypedDict):
    """A key for which bucket and catalog differ."""

    key: str
    drift: str


@closed
class ReconcileStep(TypedDict):
    """Findings of one step; the whole comparison is the sum of its steps."""

    keys: Annotated[Count, Field(description="Keys that were compared")]
    recent: Annotated[Count, Field(description="Differing keys that changed within 15 minutes: left to their events")]
    drift: Annotated[dict[str, Count], Field(description="Numbers of differing keys by kind of difference")]
    examples: Annotated[list[DifferingKey], Field(max_length=20, description="The first of them")]
    next_token: Annotated[str | None, Field(description="Send it to go on; null when all is compared")]
