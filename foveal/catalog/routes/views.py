"""Saved views of a project."""

from foveal.access.caller import Role
from foveal.api.documentation import NEXT_TOKEN, Page, Parameter, documented
from foveal.api.gateway import Api, Request, Response
from foveal.catalog import assets, saved_views
from foveal.catalog.author import Author
from foveal.catalog.keyset import limit_of
from foveal.catalog.routes.answers import ENTITY_TAG, SavedView
from foveal.catalog.routes.conditions import IF_NONE_MATCH, limit_parameter, name_of, not_modified, project_of
from foveal.catalog.routes.page_size import page_response
from foveal.catalog.routes.services import Services
from foveal.catalog.saved_views import Precondition, View
from foveal.errors import AccessDenied, NoSuchProject, NotFound, PreconditionFailed

_LIST: dict[str, Parameter | str] = {
    "limit": limit_parameter(saved_views.MAX_PAGE, saved_views.DEFAULT_PAGE),
    "next_token": NEXT_TOKEN,
}
_IF_MATCH = {"If-Match": "The entity tag that the caller knows; without it the view is changed whatever it is"}
_CONDITIONS = {**_IF_MATCH, "If-None-Match": "`*`: only where there is no view of the name"}


def add(api: Api, services: Services) -> None:
    """Serve the routes of saved views."""
    database = services.database

    @api.route("GET /v1/projects/{project}/views")
    @documented(query=_LIST, answer=Page[SavedView], problems=(NoSuchProject,))
    def list_views(request: Request) -> Response:
        """List the saved views of a project by name, page by page."""
        project, token = project_of(request), request.query.get("next_token")
        limit = limit_of(request.query, saved_views.DEFAULT_PAGE, saved_views.MAX_PAGE)
        return page_response(
            lambda size: saved_views.page(database(), services.token_key(), project, size, token), limit
        )

    @api.route("GET /v1/projects/{project}/views/{name}")
    @documented(
        answer=SavedView,
        answers={304: None},
        headers=IF_NONE_MATCH,
        response_headers=ENTITY_TAG,
        problems=(NoSuchProject, NotFound),
    )
    def get_view(request: Request) -> Response:
        """Return a saved view."""
        view = saved_views.get(database(), project_of(request), request.path["name"])
        tag = assets.etag(view)
        return not_modified(request, tag) or Response(view, headers={"etag": tag})

    @api.route("PUT /v1/projects/{project}/views/{name}")
    @documented(
        body=View,
        answer=SavedView,
        headers=_CONDITIONS,
        response_headers=ENTITY_TAG,
        problems=(NoSuchProject, AccessDenied, PreconditionFailed),
    )
    def put_view(request: Request) -> Response:
        """Save a view, in place of one of the same name; 412 with the present state if a precondition fails."""
        project, author = project_of(request, Role.EDITOR), Author.now(request.caller.subject)
        name, condition = name_of(request), _precondition(request)
        view = saved_views.put(database(), project, name, author, request.json(), condition)
        return Response(view, headers={"etag": assets.etag(view)})

    @api.route("DELETE /v1/projects/{project}/views/{name}")
    @documented(status=204, headers=_IF_MATCH, problems=(NoSuchProject, AccessDenied, NotFound, PreconditionFailed))
    def delete_view(request: Request) -> Response:
        """Delete a saved view; 412 with the present state if a precondition fails."""
        project = project_of(request, Role.EDITOR)
        saved_views.delete(database(), project, request.path["name"], _precondition(request))
        return Response(status=204)


def _precondition(request: Request) -> Precondition:
    return Precondition(request.headers.get("if-match"), request.headers.get("if-none-match"))
