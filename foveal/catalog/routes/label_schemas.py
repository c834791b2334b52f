"""Label schemas and saved views of a project."""

from pydantic import TypeAdapter, ValidationError

from foveal.api.documentation import documented
from foveal.api.gateway import Api, Request, Response
from foveal.auth import Role
from foveal.catalog import label_schemas, saved_views
from foveal.catalog.label_schemas import LabelSchema
from foveal.catalog.routes import Services, author, if_match
from foveal.catalog.saved_views import View
from foveal.catalog.search import search
from foveal.errors import InvalidRequest
from foveal.validation.models import validated
from foveal.validation.values import Slug

_NAME: TypeAdapter[str] = TypeAdapter(Slug)


def add(api: Api, services: Services) -> None:
    """Serve the routes of label schemas and views."""
    database = services.database

    @api.route("GET /v1/projects/{project}/label-schemas")
    def list_label_schemas(request: Request) -> Response:
        """List the label schemas of a project, each in its newest revision."""
        project = _project(request)
        return Response(
            {"items": [label_schemas.public(stored) for stored in label_schemas.newest(database(), project)]}
        )

    @api.route("GET /v1/projects/{project}/label-schemas/{name}")
    @documented(query={"revision": "This revision instead of the newest"})
    def get_label_schema(request: Request) -> Response:
        """Return a label schema."""
        project, text = _project(request), request.query.get("revision")
        if text is not None and not (text.isdecimal() and len(text) < 15):
            raise InvalidRequest("revision: must be a whole number.")
        stored = label_schemas.find(database(), project, request.path["name"], int(text) if text else None)
        if stored is None:
            raise label_schemas.no_such_schema()
        return Response(label_schemas.public(stored), headers={"etag": f'"{stored["revision"]}"'})

    @api.route("PUT /v1/projects/{project}/label-schemas/{name}")
    @documented(body=LabelSchema, headers={"If-Match": 'The revision that the caller knows, `"0"` for a new schema'})
    def put_label_schema(request: Request) -> Response:
        """Add the next revision of a label schema."""
        project = _project(request, Role.ADMIN)
        known = if_match(request)
        raw = request.json()
        search.bounded(raw)
        schema = validated(LabelSchema, raw)
        stored = label_schemas.put(database(), project, _name(request), author(request), schema, known)
        return Response(stored, headers={"etag": f'"{stored["revision"]}"'})

    @api.route("GET /v1/projects/{project}/views")
    def list_views(request: Request) -> Response:
        """List the saved views of a project."""
        return Response({"items": saved_views.listed(database(), _project(request))})

    @api.route("GET /v1/projects/{project}/views/{name}")
    def get_view(request: Request) -> Response:
        """Return a saved view."""
        return Response(saved_views.get(database(), _project(request), request.path["name"]))

    @api.route("PUT /v1/projects/{project}/views/{name}")
    @documented(body=View)
    def put_view(request: Request) -> Response:
        """Save a view, in place of one of the same name."""
        project = _project(request, Role.EDITOR)
        return Response(saved_views.put(database(), project, _name(request), author(request), request.json()))

    @api.route("DELETE /v1/projects/{project}/views/{name}")
    @documented(status=204)
    def delete_view(request: Request) -> Response:
        """Forget a saved view."""
        saved_views.delete(database(), _project(request, Role.EDITOR), request.path["name"])
        return Response(status=204)


def _project(request: Request, role: Role = Role.VIEWER) -> str:
    project = request.path["project"]
    request.caller.require(project, role)
    return project


def _name(request: Request) -> str:
    try:
        return _NAME.validate_python(request.path["name"])
    except ValidationError:
        raise InvalidRequest("name: must be made of letters, digits, - and _.") from None
