"""Routes of what a version holds: members, annotations as they were pinned, differences."""

from foveal.access.caller import Role
from foveal.api.documentation import NEXT_TOKEN, Page, Parameter, documented
from foveal.api.gateway import Api, Request, Response
from foveal.catalog.keyset import limit_of
from foveal.catalog.routes.answers import Annotation
from foveal.catalog.routes.conditions import limit_parameter, project_of
from foveal.catalog.routes.page_size import page_response
from foveal.datasets import versions
from foveal.datasets.contents import Contents
from foveal.datasets.documents import VersionDocument
from foveal.datasets.replaced import Replaced
from foveal.datasets.routes.answers import DatasetComparison, DatasetMember, ReplacedMember
from foveal.errors import Conflict, InvalidRequest, NoSuchProject, NotFound
from foveal.jobs.routes.services import Services

MAX_MEMBERS = 1_000
MAX_ANNOTATIONS = 5_000
MAX_FACTS = 1_000
MAX_REPLACED = 100
_PROBLEMS = (NoSuchProject, NotFound, Conflict)
_SPLIT = Parameter("Only the members of this split")
_AGAINST = Parameter("The older version: a number", {"type": "integer", "minimum": 1}, is_required=True)


def add(api: Api, services: Services, noncurrent_days: int) -> None:
    """Serve the routes of the contents of versions; noncurrent versions of objects are kept for so many days."""

    def contents(project: str) -> Contents:
        return Contents(services.database(), services.bucket(), project, services.token_key())

    def version(request: Request, project: str, number: str) -> VersionDocument:
        return versions.ready(services.database(), project, request.path["name"], number)

    @api.route("GET /v1/projects/{project}/datasets/{name}/versions/{version}/members")
    @documented(
        query={"limit": limit_parameter(MAX_MEMBERS, 100), "next_token": NEXT_TOKEN, "split": _SPLIT},
        answer=Page[DatasetMember],
        problems=_PROBLEMS,
    )
    def list_dataset_members(request: Request) -> Response:
        """List the members of a version by asset id, page by page."""
        project = project_of(request, Role.VIEWER)
        stored, limit = version(request, project, request.path["version"]), limit_of(request.query, 100, MAX_MEMBERS)
        token, split = request.query.get("next_token"), request.query.get("split")
        return page_response(lambda size: contents(project).members(stored, size, token, split), limit)

    @api.route("GET /v1/projects/{project}/datasets/{name}/versions/{version}/annotations")
    @documented(
        query={"limit": limit_parameter(MAX_ANNOTATIONS, 1_000), "next_token": NEXT_TOKEN},
        answer=Page[Annotation],
        problems=_PROBLEMS,
    )
    def list_dataset_annotations(request: Request) -> Response:
        """List the annotations of a version as they were pinned, by asset and id, page by page.

        Edits and deletions since then change nothing: the bytes of an annotation stay the same.
        """
        project, token = project_of(request, Role.VIEWER), request.query.get("next_token")
        stored = version(request, project, request.path["version"])
        limit = limit_of(request.query, 1_000, MAX_ANNOTATIONS)
        return page_response(lambda size: contents(project).annotations(stored, size, token), limit)

    @api.route("GET /v1/projects/{project}/datasets/{name}/versions/{version}/diff")
    @documented(
        query={"against": _AGAINST, "limit": limit_parameter(MAX_FACTS, 100), "next_token": NEXT_TOKEN},
        answer=DatasetComparison,
        problems=_PROBLEMS,
    )
    def compare_dataset_versions(request: Request) -> Response:
        """Compare a version with an older one: a summary, and the differences page by page.

        Only pages of members that the two do not share are read.
        """
        project, token = project_of(request, Role.VIEWER), request.query.get("next_token")
        if "against" not in request.query:
            raise InvalidRequest("against: name the version to compare with, for example ?against=1.")
        new = version(request, project, request.path["version"])
        old = version(request, project, request.query["against"])
        limit = limit_of(request.query, 100, MAX_FACTS)
        return page_response(lambda size: contents(project).comparison(old, new, size, token), limit)

    @api.route("GET /v1/projects/{project}/datasets/{name}/versions/{version}/replaced")
    @documented(
        query={"limit": limit_parameter(MAX_REPLACED, MAX_REPLACED), "next_token": NEXT_TOKEN},
        answer=Page[ReplacedMember],
        problems=_PROBLEMS,
    )
    def list_replaced_members(request: Request) -> Response:
        """List the members whose bytes were replaced or deleted since they were pinned, and until when they are kept.

        The current version of an object never expires; others do, by the stage's lifecycle rules. A page may be empty
        and have a `next_token`: 5,000 members are compared in a request.
        """
        project, token = project_of(request, Role.VIEWER), request.query.get("next_token")
        stored = version(request, project, request.path["version"])
        limit = limit_of(request.query, MAX_REPLACED, MAX_REPLACED)
        found = Replaced(services.database(), services.bucket(), project, services.token_key(), noncurrent_days)
        return Response(found.page(stored, limit, token))
