"""Many operations on annotations in one call."""

from pydantic import ValidationError

from foveal.access.caller import Role
from foveal.api.documentation import documented
from foveal.api.gateway import Api, Request, Response
from foveal.catalog.annotations import ids, writes
from foveal.catalog.annotations.operations import OPERATION, BulkRequest, Operation, Outcome
from foveal.catalog.author import Author
from foveal.catalog.routes.answers import WriteResults
from foveal.catalog.routes.bulk_results import BulkResults
from foveal.catalog.routes.conditions import project_of
from foveal.catalog.routes.services import Services
from foveal.database.client import Document
from foveal.encoding.instants import timestamp
from foveal.errors import (
    AccessDenied,
    AssetNotReady,
    EntityTooLarge,
    InvalidRequest,
    NoSuchAnnotation,
    NoSuchAsset,
    NoSuchProject,
    PreconditionFailed,
    Problem,
)
from foveal.validation.error_texts import errors_of

_OPERATION_PROBLEMS = (
    InvalidRequest,
    NoSuchAsset,
    NoSuchAnnotation,
    AssetNotReady,
    PreconditionFailed,
    EntityTooLarge,
)


def add(api: Api, services: Services) -> None:
    """Serve the bulk route of annotations."""
    database = services.database

    @api.route("POST /v1/projects/{project}/annotations/bulk")
    @documented(
        body=BulkRequest,
        answer=WriteResults,
        problems=(NoSuchProject, AccessDenied),
        item_problems=_OPERATION_PROBLEMS,
    )
    def write_annotations(request: Request) -> Response:
        """Carry out up to 10,000 operations, each with its own result: the new revision, or a problem in its place."""
        project = project_of(request, Role.EDITOR)
        bulk = request.parse(BulkRequest)
        operations = [_operation(each) for each in bulk.operations]
        outcomes = writes.stream(
            database(),
            project,
            Author.now(request.caller.subject, bulk.tool),
            operations,
            ordered=bulk.ordered,
            clip=bulk.clip,
            masks=services.masks(),
        )
        results, changed = BulkResults(), set[str]()
        for outcome in outcomes:
            results.add(_result(outcome))
            if not isinstance(outcome, Problem):
                changed.add(outcome["asset_id"])
        services.publish_events(changed)
        return results.response()


def _operation(raw: Document) -> Operation | Problem:
    try:
        return OPERATION.validate_python(raw)
    except ValidationError as error:
        place, message = errors_of(error, OPERATION, raw)[0]
        return InvalidRequest(f"{place or 'operation'}: {message}")


def _result(outcome: Outcome) -> Document | Problem:
    if isinstance(outcome, Problem):
        return outcome
    result = {"annotation_id": ids.public(outcome["_id"]), "revision": outcome["revision"]}
    return result | ({"deleted_at": timestamp(outcome["deleted_at"])} if "deleted_at" in outcome else {})
