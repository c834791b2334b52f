"""Routes of data sets and their versions: list, create, read, delete."""

from foveal.access.caller import Role
from foveal.api.documentation import NEXT_TOKEN, Page, Parameter, documented
from foveal.api.gateway import Api, Request, Response
from foveal.catalog.author import Author
from foveal.catalog.keyset import limit_of
from foveal.catalog.routes.conditions import limit_parameter, name_of, project_of
from foveal.catalog.routes.page_size import page_response
from foveal.datasets import deletion, requests, versions
from foveal.datasets.making import creation
from foveal.datasets.making.version_job import make
from foveal.datasets.routes.answers import Dataset, DatasetVersion
from foveal.errors import AccessDenied, NoSuchProject, NotFound
from foveal.jobs.routes.services import Services

_PAGE: dict[str, Parameter | str] = {
    "limit": limit_parameter(versions.MAX_PAGE, versions.DEFAULT_PAGE),
    "next_token": NEXT_TOKEN,
}


def add(api: Api, services: Services) -> None:
    """Serve the routes of data sets and versions."""
    database = services.database

    @api.route("GET /v1/projects/{project}/datasets")
    @documented(query=_PAGE, answer=Page[Dataset], problems=(NoSuchProject,))
    def list_datasets(request: Request) -> Response:
        """List the data sets of a project by name, each with its newest complete version, page by page."""
        project, token = project_of(request), request.query.get("next_token")
        limit = limit_of(request.query, versions.DEFAULT_PAGE, versions.MAX_PAGE)
        return page_response(
            lambda size: versions.page_of_datasets(database(), services.token_key(), project, size, token), limit
        )

    @api.route("GET /v1/projects/{project}/datasets/{name}/versions")
    @documented(query=_PAGE, answer=Page[DatasetVersion], problems=(NoSuchProject, NotFound))
    def list_dataset_versions(request: Request) -> Response:
        """List the versions of a data set, newest first, page by page."""
        project, name, token = project_of(request), request.path["name"], request.query.get("next_token")
        limit = limit_of(request.query, versions.DEFAULT_PAGE, versions.MAX_PAGE)
        return page_response(
            lambda size: versions.page_of_versions(database(), services.token_key(), project, name, size, token), limit
        )

    @api.route("POST /v1/projects/{project}/datasets/{name}/versions")
    @documented(
        body=requests.VersionRequest,
        answer=DatasetVersion,
        status=201,
        answers={202: DatasetVersion},
        problems=(NoSuchProject, AccessDenied, NotFound),
    )
    def create_dataset_version(request: Request) -> Response:
        """Pin assets, their bytes and their annotations as the next version of a data set.

        A small version is complete in the answer (201). A large one is made by a job (202): read the version, or the
        job of its `job_id`, until it is `ready`; `DatasetVersionCreated` is published then.
        """
        project, name = project_of(request, Role.EDITOR), name_of(request)
        raw = request.json()
        body, author = requests.parse(raw), Author.now(request.caller.subject)
        begun = creation.begin(database(), project, name, author, body, raw)
        made = make(database(), services.bucket(), begun, author, services.start)
        return Response(versions.public(made), 201 if made["state"] == "ready" else 202)

    @api.route("GET /v1/projects/{project}/datasets/{name}/versions/{version}")
    @documented(answer=DatasetVersion, problems=(NoSuchProject, NotFound))
    def get_dataset_version(request: Request) -> Response:
        """Return a version by its number, or the newest complete one as `newest`."""
        project, name = project_of(request), request.path["name"]
        return Response(versions.public(versions.find(database(), project, name, request.path["version"])))

    @api.route("DELETE /v1/projects/{project}/datasets/{name}/versions/{version}")
    @documented(status=204, problems=(NoSuchProject, AccessDenied, NotFound))
    def delete_dataset_version(request: Request) -> Response:
        """Delete a version; what it pinned may then be deleted for good. Its number is not given again."""
        project, name = project_of(request, Role.ADMIN), request.path["name"]
        deletion.finish_deletions(database(), services.bucket(), project, name)
        stored = versions.find(database(), project, name, request.path["version"])
        deletion.delete(database(), services.bucket(), stored)
        return Response(status=204)
