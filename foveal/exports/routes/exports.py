"""Routes of exports: make one, look at it."""

from collections.abc import Mapping
from typing import Any

from foveal.access.caller import Role
from foveal.api.documentation import documented
from foveal.api.gateway import Api, Request, Response
from foveal.catalog.author import Author
from foveal.catalog.routes.conditions import project_of
from foveal.errors import Conflict, NoSuchImport, NoSuchJob, NoSuchProject, NotFound
from foveal.exports import starting
from foveal.exports.requests import ExportRequest
from foveal.exports.routes.answers import Export
from foveal.imports.links import download_url
from foveal.jobs import store
from foveal.jobs.routes.services import Services, job_for


def add(api: Api, services: Services) -> None:
    """Serve the routes of exports."""

    @api.route("POST /v1/projects/{project}/exports")
    @documented(
        body=ExportRequest,
        answer=Export,
        status=202,
        problems=(NoSuchProject, NotFound, NoSuchImport, Conflict),
    )
    def begin_export(request: Request) -> Response:
        """Write the annotations of assets into a file of another tool; `GET /v1/exports/{job_id}` has its URL.

        Records that nobody has edited go out as they came in, where the format is that of their import. What the
        format cannot hold stands in the job's `result`: each loss with its field, count and examples.
        """
        author = Author.now(request.caller.subject)
        job = starting.begin(services.database(), project_of(request), request.json(), author)
        services.start(job["_id"])
        return Response({"job": store.public(job)}, 202)

    @api.route("GET /v1/exports/{job_id}")
    @documented(answer=Export, problems=(NoSuchJob,))
    def get_export(request: Request) -> Response:
        """Return an export, with a signed URL of its file when it is complete."""
        job = job_for(services, request.caller, request.path["job_id"], Role.VIEWER)
        if job["kind"] != "export":
            raise NoSuchJob("There is no such export.")
        shown: dict[str, object] = {"job": store.public(job)}
        if job["state"] == "completed":
            shown["url"] = _url(services, job["result"]["key"])
            if files := job["result"].get("files"):
                shown["files"] = [_file(services, each) for each in files]
        return Response(shown)


def _file(services: Services, file: Mapping[str, Any]) -> dict[str, Any]:
    key = str(file["key"])
    counts = {name: file[name] for name in ("size_bytes", "asset_count")}
    return {"name": key.rpartition("/")[2], "url": _url(services, key), **counts}


def _url(services: Services, key: str) -> str:
    return download_url(services.bucket().bucket, key, key.rpartition("/")[2])
