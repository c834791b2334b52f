"""Routes of projects: list and create."""

from foveal.access.page_tokens import Position, Tokens
from foveal.api.documentation import NEXT_TOKEN, Page, documented
from foveal.api.gateway import Api, Request, Response
from foveal.errors import AccessDenied, Conflict, RolesHeldByIssuer, TooManyRequests, Unprocessable
from foveal.people import projects
from foveal.people.routes.answers import NewProject, Project, role_name
from foveal.people.routes.services import Services


def add(api: Api, services: Services) -> None:
    """Serve the routes of projects."""

    @api.route("GET /v1/projects")
    @documented(query={"next_token": NEXT_TOKEN}, answer=Page[Project], problems=(TooManyRequests,))
    def list_projects(request: Request) -> Response:
        """List the projects that the caller's token opens, with the role in each.

        To an operator of a stage with a user pool it lists every project of the pool that has an admin, page by page;
        a page may hold few projects, and others follow as long as there is a `next_token`.
        """
        caller, token = request.caller, request.query.get("next_token")
        if not (caller.is_operator and services.has_pool):
            held = [Project(name=name, role=role_name(role)) for name, role in sorted(caller.roles.items())]
            return Response({"items": held, "next_token": None})
        tokens = Tokens.of(services.token_key(), "projects")
        names, after = projects.page(services.pool(), tokens.read(token).id if token else None)
        items = [
            Project(name=name, role=role_name(caller.roles[name]) if name in caller.roles else None) for name in names
        ]
        return Response({"items": items, "next_token": tokens.sign(Position(None, after)) if after else None})

    @api.route("POST /v1/projects")
    @documented(
        body=NewProject,
        answer=Project,
        status=201,
        problems=(AccessDenied, Conflict, RolesHeldByIssuer, TooManyRequests, Unprocessable),
    )
    def create_project(request: Request) -> Response:
        """Create a project and invite its first admin, who invites the others; for operators of the stage.

        The name is part of every key in the bucket and cannot be changed.
        """
        request.caller.require_operator()
        wanted = request.parse(NewProject)
        admin = projects.create(services.pool(), wanted.name, wanted.admin_email)
        services.record("create_project", request, wanted.name, admin)
        held = request.caller.roles.get(wanted.name)
        return Response(Project(name=wanted.name, role=role_name(held) if held else None), 201)
