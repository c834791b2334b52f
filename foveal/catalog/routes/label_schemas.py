"""Label schemas of a project."""

from foveal.access.caller import Role
from foveal.api.documentation import NEXT_TOKEN, Page, Parameter, documented
from foveal.api.gateway import Api, Request, Response
from foveal.catalog import label_schemas
from foveal.catalog.author import Author
from foveal.catalog.keyset import limit_of
from foveal.catalog.label_schema_models import LabelSchema
from foveal.catalog.routes.answers import REVISION_TAG, LabelSchemaRevision
from foveal.catalog.routes.conditions import (
    IF_NONE_MATCH,
    if_match,
    if_match_parameter,
    limit_parameter,
    name_of,
    not_modified,
    project_of,
)
from foveal.catalog.routes.page_size import page_response
from foveal.catalog.routes.services import Services
from foveal.catalog.search import search
from foveal.errors import (
    AccessDenied,
    Conflict,
    EntityTooLarge,
    InvalidRequest,
    NoSuchProject,
    NotFound,
    PreconditionFailed,
    PreconditionRequired,
)
from foveal.validation.models import validated

_REVISION = Parameter("This revision instead of the newest", {"type": "integer", "minimum": 0})
_KNOWN_REVISION = if_match_parameter('The revision that the caller knows, `"0"` for a new schema')

_SCHEMAS: dict[str, Parameter | str] = {
    "limit": limit_parameter(label_schemas.MAX_PAGE, label_schemas.DEFAULT_PAGE),
    "next_token": NEXT_TOKEN,
}


def add(api: Api, services: Services) -> None:
    """Serve the routes of label schemas."""
    database = services.database

    @api.route("GET /v1/projects/{project}/label-schemas")
    @documented(query=_SCHEMAS, answer=Page[LabelSchemaRevision], problems=(NoSuchProject,))
    def list_label_schemas(request: Request) -> Response:
        """List the label schemas of a project by name, each in its newest revision, page by page."""
        project, token = project_of(request), request.query.get("next_token")
        limit = limit_of(request.query, label_schemas.DEFAULT_PAGE, label_schemas.MAX_PAGE)
        return page_response(
            lambda size: label_schemas.page(database(), services.token_key(), project, size, token), limit
        )

    @api.route("GET /v1/projects/{project}/label-schemas/{name}")
    @documented(
        answer=LabelSchemaRevision,
        answers={304: None},
        query={"revision": _REVISION},
        headers=IF_NONE_MATCH,
        response_headers=REVISION_TAG,
        problems=(NoSuchProject, NotFound),
    )
    def get_label_schema(request: Request) -> Response:
        """Return a label schema."""
        project, text = project_of(request), request.query.get("revision")
        if text is not None and not (text.isascii() and text.isdecimal() and len(text) < 15):
            raise InvalidRequest("revision: must be a whole number.")
        stored = label_schemas.find(database(), project, request.path["name"], int(text) if text else None)
        if stored is None:
            raise label_schemas.no_such_schema()
        tag = f'"{stored["revision"]}"'
        return not_modified(request, tag) or Response(label_schemas.public(stored), headers={"etag": tag})

    @api.route("PUT /v1/projects/{project}/label-schemas/{name}")
    @documented(
        body=LabelSchema,
        answer=LabelSchemaRevision,
        headers={"If-Match": _KNOWN_REVISION},
        response_headers=REVISION_TAG,
        problems=(NoSuchProject, AccessDenied, Conflict, EntityTooLarge, PreconditionFailed, PreconditionRequired),
    )
    def put_label_schema(request: Request) -> Response:
        """Add the next revision of a label schema; a layer is enforced by one schema only."""
        project = project_of(request, Role.ADMIN)
        known = if_match(request)
        raw = request.json()
        search.bounded(raw)
        schema = validated(LabelSchema, raw)
        author = Author.now(request.caller.subject)
        stored = label_schemas.put(database(), project, name_of(request), author, schema, known)
        return Response(stored, headers={"etag": f'"{stored["revision"]}"'})
